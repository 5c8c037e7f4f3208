//! `clio serve`: the service.

use clio_runner::exit::Exit;
use clio_runner::failure::Failure;
use clio_runner::home::Home;
use clio_server::Options;

use crate::args::ServeArguments;

/// Runs the command.
pub(crate) async fn command(arguments: ServeArguments) -> Result<Exit, Failure> {
    let options = Options {
        listen: arguments.listen,
        public_url: arguments.public_url,
        tls: arguments.tls_certificate.zip(arguments.tls_key),
        tls_in_front: arguments.tls_in_front,
        at_once: arguments.at_once.map(usize::from),
    };
    clio_server::serve(&Home::from_environment()?.absolute()?, options).await?;
    Ok(Exit::Done)
}
