//! The `clio` command. Everything it does is in the library beside it.

fn main() -> std::process::ExitCode {
    clio_cli::main()
}
