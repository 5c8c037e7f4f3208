//! The actions of the catalog by their names, and what their descriptions say.

use clio_host::Description;
use serde_json::Value;

use crate::failure::Failure;

/// The action of that name.
pub fn named(name: &str) -> Result<&'static clio_catalog::Action, Failure> {
    clio_catalog::action(name).ok_or_else(|| {
        let names: Vec<&str> = clio_catalog::actions()
            .iter()
            .map(|action| action.name)
            .collect();
        Failure::usage(format!("there is no action {name:?}"))
            .next(format!("use one of {}", names.join(", ")))
    })
}

/// The description of an action.
pub fn parsed(description: &str) -> Result<Description, Failure> {
    Description::parse(description.as_bytes())
        .map_err(|error| Failure::host(format!("a description cannot be read: {error}")))
}

/// The same as JSON.
pub fn value(text: &str) -> Result<Value, Failure> {
    serde_json::from_str(text)
        .map_err(|error| Failure::host(format!("a description cannot be read: {error}")))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::exit::Exit;

    #[test]
    fn an_unknown_action_names_those_that_there_are() {
        let failure = named("delete-everything").unwrap_err();
        assert_eq!(failure.exit(), Exit::Usage);
        assert!(failure.to_string().contains("sync-contact"), "{failure}");
    }
}
