//! What must stand in the table.

use std::collections::{BTreeMap, BTreeSet};

use clio_host::Description;

use crate::table::{Call, Case, cases};

fn described() -> Vec<Description> {
    let read = |action: &clio_catalog::Action| {
        Description::parse(action.description.as_bytes()).expect("a description that a host reads")
    };
    clio_catalog::actions().iter().map(read).collect()
}

/// The calls of each function of the catalog.
fn by_function(cases: &[Case]) -> BTreeMap<String, Vec<&Call>> {
    let mut all: BTreeMap<String, Vec<&Call>> = BTreeMap::new();
    for action in described() {
        for function in &action.functions {
            all.insert(format!("{}.{}", action.name, function.name), Vec::new());
        }
    }
    for call in cases.iter().flat_map(|case| &case.calls) {
        let Some(calls) = all.get_mut(&call.function) else {
            panic!("no action has a function {}", call.function);
        };
        calls.push(call);
    }
    all
}

/// Whether it wrote something, or may have.
fn writes(call: &Call) -> bool {
    call.requests
        .iter()
        .any(|it| !it.request.starts_with("GET ") && it.status.is_none_or(|status| status < 300))
}

#[test]
fn every_function_succeeds_and_fails_in_the_table() {
    for (function, calls) in by_function(&cases()) {
        assert!(
            calls.iter().any(|it| it.output.is_some()),
            "{function} gives nothing"
        );
        assert!(
            calls.iter().any(|it| it.error.is_some()),
            "{function} has no error"
        );
    }
}

#[test]
fn every_function_that_writes_finds_it_done_and_loses_an_answer() {
    for (function, calls) in by_function(&cases()) {
        if !calls.iter().any(|it| writes(it)) {
            continue;
        }
        let still = |it: &&Call| it.output.is_some() && !writes(it);
        assert!(
            calls.iter().any(still),
            "{function} never finds that all stands"
        );
        let lost = |it: &&Call| {
            writes(it)
                && it
                    .faults
                    .iter()
                    .any(|fault| fault["effect"] == "answer_lost")
        };
        assert!(
            calls.iter().any(lost),
            "{function} loses no answer to a write"
        );
    }
}

#[test]
fn every_request_that_an_action_lists_is_made_in_the_table() {
    let cases = cases();
    for action in described() {
        let mut left: BTreeSet<String> = action.requests.iter().map(ToString::to_string).collect();
        let of_it = |call: &&Call| call.function.split('.').next() == Some(action.name.as_str());
        for sent in cases
            .iter()
            .flat_map(|it| &it.calls)
            .filter(of_it)
            .flat_map(|it| &it.requests)
        {
            let Some((method, path)) = sent.request.split_once(" {account}") else {
                continue;
            };
            let path = path.split('?').next().unwrap_or(path);
            action
                .requests
                .iter()
                .filter(|rule| rule.method.as_str() == method && rule.path.matches(path))
                .for_each(|rule| {
                    left.remove(&rule.to_string());
                });
        }
        assert!(left.is_empty(), "{} makes none of {left:?}", action.name);
    }
}

#[test]
fn no_two_cases_have_one_name_and_each_says_what_must_come() {
    let mut names = BTreeSet::new();
    for case in cases() {
        assert!(
            names.insert(case.name.clone()),
            "two cases are called {:?}",
            case.name
        );
        assert!(!case.calls.is_empty(), "{}: no call", case.name);
        for call in &case.calls {
            assert!(
                call.expected().is_some(),
                "{}: one of output, error, failure",
                case.name
            );
        }
    }
}
