//! Calls by the Rust types of a function.

use clio_host::Call;
use clio_host::actions::{
    Request, check_connection, create_matter, custom_fields, detect_documents, fill_document,
    find_documents, generate_document, inspect_document, lookup, pull_matters, read_document,
    receive_webhook, setup_markers, sync_contact, update_matter, upload_document, webhooks,
};
use serde_json::Value;

use crate::table::Answer;

/// What came of a typed call; `None`: the types have no word for the input.
pub(crate) async fn run(call: Call, function: &str, input: &Value) -> Option<Answer> {
    macro_rules! one_of {
        ($($action:ident :: $request:ident)+) => {
            $(if function == name::<$action::$request>() {
                return made::<$action::$request>(call, input).await;
            })+
        };
    }
    one_of! {
        check_connection::CheckRequest
        create_matter::CreateRequest
        create_matter::ResolveRequest
        custom_fields::ReadRequest
        custom_fields::WriteRequest
        detect_documents::DetectRequest
        fill_document::FillRequest
        fill_document::GatherRequest
        find_documents::FindRequest
        generate_document::FollowRequest
        generate_document::StartRequest
        generate_document::TemplatesRequest
        inspect_document::InspectRequest
        lookup::FindRequest
        pull_matters::CountRequest
        pull_matters::PullRequest
        read_document::ReadRequest
        receive_webhook::ReceiveRequest
        setup_markers::EnsureRequest
        sync_contact::SyncRequest
        update_matter::UpdateRequest
        upload_document::UploadRequest
        webhooks::EnsureRequest
        webhooks::ListRequest
        webhooks::RemoveRequest
    }
    panic!("{function} is called by no type here")
}

fn name<R: Request>() -> String {
    format!("{}.{}", R::ACTION, R::FUNCTION)
}

async fn made<R: Request>(call: Call, input: &Value) -> Option<Answer> {
    let mut input = input.clone();
    whole_numbers(&mut input);
    let request: R = serde_json::from_value(input).ok()?;
    Some(match call.run(request).await {
        Ok(outcome) => Answer::Ok(serde_json::to_value(&outcome).expect("an outcome is JSON")),
        Err(error) => Answer::of_envelope(&error.to_json()),
    })
}

/// Writes whole numbers as such: by type there is no other way to write an id.
fn whole_numbers(json: &mut Value) {
    match json {
        Value::Number(number) => {
            let whole = number
                .as_f64()
                .filter(|it| it.fract() == 0.0 && it.abs() < 9e15);
            if let (false, Some(whole)) = (number.is_i64() || number.is_u64(), whole) {
                *json = Value::from(whole as i64);
            }
        }
        Value::Array(items) => items.iter_mut().for_each(whole_numbers),
        Value::Object(members) => members.values_mut().for_each(whole_numbers),
        Value::Null | Value::Bool(_) | Value::String(_) => {}
    }
}
