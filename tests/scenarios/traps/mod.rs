//! The traps that lie in Clio's API, as they were found in the field, and the
//! scenarios that show that each is avoided.
//!
//! A scenario is worth something only if it fails without the cure. So its
//! comment names the trap and the one line to take out, or to replace, for it to
//! fail. Each was tried. What must stay true: the lines stand where the comments
//! say, and no trap is without a scenario. Both are checked here.

mod answers;
mod deliveries;
mod detections;
mod finding;
mod leaks;
mod limits;
mod regions;
mod uploads;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// Each trap, and the scenarios about it.
const TRAPS: &[(&str, &[&str])] = &[
    // Looks.
    (
        "the search index lags writes",
        &["sync_contact::a_repetition_within_the_lag_of_the_search_makes_no_second_contact"],
    ),
    (
        "a later attempt looks only as far back as itself",
        &["traps::finding::a_request_that_began_an_hour_ago_finds_what_its_first_attempt_made"],
    ),
    (
        "what a filter should have kept out is taken for the record",
        &[
            "traps::finding::a_company_is_not_linked_where_the_filter_by_type_is_ignored",
            "traps::finding::a_stranger_is_not_linked_where_the_filter_by_marker_is_ignored",
            "traps::finding::another_matter_of_the_client_is_not_this_one",
            "traps::finding::a_stage_of_another_area_is_not_taken_where_the_filter_by_area_is_ignored",
        ],
    ),
    (
        "a search for an address finds longer ones",
        &["sync_contact::an_address_that_only_contains_the_wanted_one_is_somebody_else"],
    ),
    (
        "a search for an address looks into custom fields",
        &["traps::finding::an_address_in_a_custom_field_of_somebody_else_is_not_this_person"],
    ),
    (
        "an address stands there in another case",
        &["sync_contact::a_name_agrees_whatever_its_case_accents_and_spaces"],
    ),
    // Answers.
    (
        "a write without `fields` answers id and etag alone",
        &[
            "sync_contact::a_new_person_is_created_once_and_found_again_with_one_request",
            "create_matter::a_new_matter_is_created_once_and_found_again_with_one_request",
            "upload_document::a_document_is_complete_with_its_bytes_and_its_marks",
            "custom_fields::values_of_every_type_are_written_changed_and_cleared_under_every_reading",
            "webhooks::one_subscription_lives_for_thirty_one_days_and_is_renewed_and_recreated",
        ],
    ),
    (
        "`fields` takes one level of braces",
        &["traps::answers::every_request_says_what_it_wants_back_one_level_deep"],
    ),
    (
        "one bad name in `fields` is a 400 for the whole request",
        &["webhooks::models::every_model_is_subscribed_to_and_a_refused_one_names_what_serves"],
    ),
    (
        "a key that Clio does not know is dropped without a word",
        &[
            "traps::answers::an_address_that_clio_dropped_is_told",
            "traps::answers::a_practice_area_that_clio_dropped_is_told",
            "traps::answers::a_status_that_clio_dropped_is_told",
            "traps::answers::a_value_that_clio_dropped_is_told",
        ],
    ),
    (
        "a firewall answers a page with 403",
        &["traps::answers::a_firewalls_page_is_said_to_be_no_answer_of_clios"],
    ),
    (
        "an error has no body",
        &["traps::answers::an_error_without_a_body_is_told_by_its_status"],
    ),
    (
        "a 200 is cut short",
        &["refusals::answers_that_are_not_json_are_typed_errors"],
    ),
    (
        "the next page leads to another origin",
        &["find_documents::a_next_page_on_another_origin_is_not_followed"],
    ),
    (
        "the bearer goes along to another origin",
        &["hostile::elsewhere::other_host"],
    ),
    // Custom fields and stages.
    (
        "a value's own id is no definition's",
        &[
            "custom_fields::values_of_every_type_are_written_changed_and_cleared_under_every_reading",
        ],
    ),
    (
        "a value that stands there is created once more",
        &[
            "custom_fields::values_of_every_type_are_written_changed_and_cleared_under_every_reading",
            "custom_fields::a_row_whose_value_is_null_is_changed_and_not_created",
        ],
    ),
    (
        "a picklist takes ids of options and no labels",
        &[
            "custom_fields::values_of_every_type_are_written_changed_and_cleared_under_every_reading",
        ],
    ),
    (
        "the list of definitions is forbidden",
        &["custom_fields::unseen::definitions_that_may_not_be_read_are_said_so"],
    ),
    (
        "nobody says which field cannot be resolved",
        &["custom_fields::unseen::definitions_that_may_not_be_read_are_said_so"],
    ),
    (
        "a stage belongs to one practice area",
        &[
            "create_matter::a_stage_of_another_practice_area_is_refused_before_anything_is_made",
            "update_matter::a_stage_of_another_practice_area_is_refused_before_anything_is_sent",
        ],
    ),
    // Uploads.
    (
        "the last step of an upload is forgotten",
        &["upload_document::a_document_is_complete_with_its_bytes_and_its_marks"],
    ),
    (
        "storage is sent the bearer",
        &["upload_document::a_document_is_complete_with_its_bytes_and_its_marks"],
    ),
    (
        "a header of the upload URL is dropped",
        &["upload_document::a_document_is_complete_with_its_bytes_and_its_marks"],
    ),
    (
        "an upload URL is used after its ten minutes",
        &["traps::uploads::an_upload_url_whose_ten_minutes_are_over_is_not_the_end"],
    ),
    (
        "a timeout of Clio's own look at storage is taken as final",
        &["upload_document_interrupted::a_verification_that_times_out_is_waited_out"],
    ),
    (
        "a repeated last step fails because the first one worked",
        &["upload_document_interrupted::when_the_last_patch_breaks"],
    ),
    // New documents.
    (
        "an upload ends after the cursor has passed its creation",
        &["detect_documents::a_document_that_was_created_long_before_it_became_complete_is_told"],
    ),
    (
        "the second document of one second is lost at a page's edge",
        &["traps::detections::documents_of_one_second_are_all_told_wherever_a_page_or_a_poll_ends"],
    ),
    (
        "of many that wait the last ones are never looked at",
        &["traps::detections::a_poll_costs_one_request_for_all_that_wait_and_each_has_its_turn"],
    ),
    (
        "an edit makes a document new again",
        &["detect_documents::a_document_is_told_once_and_an_edit_is_not_new"],
    ),
    (
        "staff move a document to another matter",
        &[
            "upload_document_moved::a_document_that_was_moved_is_reported_and_left_under_every_reading",
        ],
    ),
    (
        "a document in the trash answers like any other",
        &[
            "detect_documents::a_document_that_waits_in_the_trash_is_told_when_it_is_restored",
            "upload_document::a_document_in_the_trash_is_told_as_removed",
        ],
    ),
    // Webhooks.
    (
        "a subscription dies after three days",
        &["webhooks::one_subscription_lives_for_thirty_one_days_and_is_renewed_and_recreated"],
    ),
    (
        "nobody renews a subscription",
        &["webhooks::one_subscription_lives_for_thirty_one_days_and_is_renewed_and_recreated"],
    ),
    (
        "an unsigned delivery is accepted",
        &["webhooks::a_receiver_confirms_and_is_told_of_a_stage_and_a_status"],
    ),
    (
        "the first caller's secret is trusted",
        &[
            "traps::deliveries::a_secret_is_not_taken_over_once_a_subscription_is_confirmed",
            "traps::deliveries::a_secret_is_not_taken_over_where_clios_own_is_known",
            "webhooks::a_handshake_nobody_waits_for_is_refused_and_repeated_by_clio",
        ],
    ),
    (
        "the signature is looked for under another name",
        &["webhooks::a_receiver_confirms_and_is_told_of_a_stage_and_a_status"],
    ),
    (
        "the same delivery is worked on twice",
        &["traps::deliveries::a_delivery_that_comes_twice_is_one_and_two_changes_are_two"],
    ),
    (
        "the first update of a record fires whatever changed",
        &[
            "traps::deliveries::the_first_update_of_a_matter_is_no_change_of_its_stage",
            "traps::deliveries::the_first_update_of_a_matter_is_no_change_of_its_status",
        ],
    ),
    // Request limits.
    (
        "a wait that is told as a date becomes a storm",
        &[
            "traps::limits::a_wait_that_is_told_as_a_date_is_waited_out",
            "traps::limits::a_long_wait_that_is_told_as_a_date_is_told_to_the_caller",
        ],
    ),
    (
        "the wait stands in the words of the answer alone",
        &[
            "traps::limits::a_wait_that_is_told_in_words_is_waited_out",
            "traps::limits::a_long_wait_that_is_told_in_words_is_told_to_the_caller",
        ],
    ),
    (
        "two workers with a counter each overrun one token",
        &["traps::limits::two_workers_with_many_calls_keep_to_one_tokens_limit"],
    ),
    (
        "another program uses up the same token",
        &["traps::limits::what_another_program_has_spent_of_the_token_is_not_asked_for"],
    ),
    (
        "polling spends what syncing needs",
        &[
            "traps::detections::a_poll_costs_one_request_for_all_that_wait_and_each_has_its_turn",
            "traps::detections::a_poll_of_an_account_with_many_documents_costs_one_request",
            "traps::limits::polls_in_the_middle_of_a_sync_leave_it_what_it_needs",
        ],
    ),
    // Regions.
    (
        "one region is built in",
        &[
            "traps::regions::a_consent_is_asked_for_in_the_firms_own_region",
            "traps::regions::a_token_goes_to_the_region_that_stands_beside_it",
        ],
    ),
    (
        "the token goes wherever a free text points",
        &["refusals::a_host_that_is_not_clio_gets_no_token"],
    ),
    // Audits and logs.
    (
        "the journal keeps names, addresses, titles and values",
        &["journal_marks::no_mark_is_in_the_journal_the_logs_or_an_error"],
    ),
    (
        "the audit keeps names of files",
        &["journal_marks::no_mark_of_a_case_is_kept"],
    ),
    (
        "a log holds what was searched for",
        &["journal_marks::no_mark_is_in_the_journal_the_logs_or_an_error"],
    ),
    (
        "Clio's sentence, which repeats what was sent, is passed on",
        &[
            "traps::leaks::a_sentence_of_clios_that_repeats_what_was_sent_is_passed_on_nowhere",
            "traps::leaks::a_type_that_is_no_name_of_an_error_is_passed_on_nowhere",
        ],
    ),
];

/// What the comment of one scenario says about one trap.
#[derive(Debug)]
struct Comment {
    trap: String,
    /// The scenario, as cargo names it.
    scenario: String,
    /// The file and the line in it.
    lines: Vec<(String, String)>,
}

/// Every Rust file below a folder.
fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, found);
        } else if path.extension().is_some_and(|it| it == "rs") {
            found.push(path);
        }
    }
}

/// The module that a file is. Those of scenarios are named as cargo does.
fn module(file: &Path) -> String {
    let place = file.strip_prefix(env!("CARGO_MANIFEST_DIR")).unwrap();
    let place = place.strip_prefix("scenarios").unwrap_or(place);
    let place = place.with_extension("");
    let parts: Vec<_> = place.iter().map(|part| part.to_string_lossy()).collect();
    let parts = parts.strip_suffix(&["mod".into()]).unwrap_or(&parts);
    parts.join("::")
}

/// A text between backticks, and what follows it.
fn quoted(text: &str) -> Option<(&str, &str)> {
    text.strip_prefix('`')?.split_once('`')
}

/// The comments of all scenarios, and of the tests of hostile guests.
fn comments() -> Vec<Comment> {
    let mut found = Vec::new();
    for folder in ["scenarios", "hostile"] {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
        files(&folder, &mut found);
    }
    let mut comments = Vec::new();
    for file in found {
        let module = module(&file);
        let mut open: Vec<Comment> = Vec::new();
        for line in std::fs::read_to_string(&file).unwrap().lines() {
            if let Some(trap) = line.strip_prefix("/// Trap: ") {
                open.push(Comment {
                    trap: trap.trim_end_matches('.').to_owned(),
                    scenario: String::new(),
                    lines: Vec::new(),
                });
            } else if let Some(said) = line.strip_prefix("/// Take out: ") {
                let (file, rest) = quoted(said).unwrap_or_else(|| panic!("{module}: {said}"));
                let rest = rest.strip_prefix(": ").and_then(quoted);
                let Some((taken, "")) = rest else {
                    panic!("{module}: {said}");
                };
                let comment = open.last_mut().expect("it follows a trap");
                comment.lines.push((file.to_owned(), taken.to_owned()));
            } else if let Some(said) = line.strip_prefix("/// Replace with: ") {
                assert!(matches!(quoted(said), Some((_, ""))), "{module}: {said}");
            } else if let Some(rest) = line
                .strip_prefix("pub(crate) ")
                .unwrap_or(line)
                .strip_prefix("async fn ")
            {
                let (name, _) = rest.split_once('(').unwrap();
                for mut comment in open.drain(..) {
                    comment.scenario = format!("{module}::{name}");
                    comments.push(comment);
                }
            }
        }
        assert!(open.is_empty(), "{module}: {open:?} is about no scenario");
    }
    comments
}

#[test]
fn every_line_to_take_out_stands_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    for Comment {
        scenario, lines, ..
    } in comments()
    {
        assert!(!lines.is_empty(), "{scenario} says nothing to take out");
        for (file, taken) in lines {
            let text = std::fs::read_to_string(root.join(&file));
            let text = text.unwrap_or_else(|error| panic!("{scenario}: {file}: {error}"));
            let standing = text.lines().filter(|line| line.trim() == taken).count();
            assert_eq!(standing, 1, "{scenario}: `{taken}` in {file}");
        }
    }
}

#[test]
fn every_trap_has_a_scenario() {
    let mut told: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for Comment { trap, scenario, .. } in comments() {
        told.entry(trap).or_default().insert(scenario);
    }
    let mut table: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (trap, scenarios) in TRAPS {
        let scenarios: BTreeSet<_> = scenarios.iter().map(|it| (*it).to_owned()).collect();
        assert!(!scenarios.is_empty(), "{trap}");
        let former = table.insert((*trap).to_owned(), scenarios);
        assert!(former.is_none(), "{trap} stands there twice");
    }
    for (trap, scenarios) in &told {
        assert_eq!(Some(scenarios), table.get(trap), "{trap}");
    }
    for trap in table.keys() {
        assert!(told.contains_key(trap), "nothing is about: {trap}");
    }
}
