//! What is not known for sure about Clio, as settings.
//!
//! Where Clio's documentation is silent or observers disagree, a client must
//! work either way. Each such fact is one switch; [`Switches::default`] is the
//! likeliest reading, [`Switches::all`] lists readings to run a scenario under.
//! Switches that describe an account rather than an unknown (a plan without API
//! access, missing permissions) stand here too, but not in `all`, because the
//! outcome of a scenario differs under them.

use std::time::Duration;

use serde::{Deserialize, Serialize};

pub use crate::readings::*;

/// Durations as milliseconds in JSON.
pub(crate) mod millis {
    use std::time::Duration;

    use serde::{Deserialize, Deserializer, Serializer};

    pub(crate) fn serialize<S: Serializer>(d: &Duration, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_u64(u64::try_from(d.as_millis()).unwrap_or(u64::MAX))
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(d: D) -> Result<Duration, D::Error> {
        u64::deserialize(d).map(Duration::from_millis)
    }
}

/// All settings. JSON uses the same names; absent members keep their default.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Switches {
    /// Edge of the since-filters.
    pub since: SinceFilter,
    /// Whether the final upload PATCH moves the document's `updated_at`.
    pub final_patch_touches_updated_at: bool,
    /// Status of `UploadNotFoundError` and `UploadTimeoutError`.
    pub upload_error_status: u16,
    /// How many final PATCHes of each version time out before one works.
    pub upload_timeouts: u32,
    /// Answer to finishing an upload twice.
    pub already_uploaded: AlreadyUploaded,
    /// `put_url` of a version that is read again.
    pub put_url_on_read: PutUrlOnRead,
    /// `put_url` of a finished version.
    pub finished_put_url: EmptyText,
    /// False: the account's plan has no API access; everything is 403.
    pub api_access: bool,
    /// How long `query=` lags behind writes, by the sandbox's clock.
    #[serde(with = "millis", rename = "search_lag_ms")]
    pub search_lag: Duration,
    /// `Retry-After` of a 429.
    pub retry_after: RetryAfter,
    /// Body of a 429.
    pub rate_limit_body: RateLimitBody,
    /// Answer to a body that refers to a record which is not there.
    pub unknown_reference: UnknownReference,
    /// Deleted fields in the list of definitions.
    pub deleted_fields: DeletedFields,
    /// `expires_at` of webhooks.
    pub webhook_expiry: WebhookExpiry,
    /// Associated lists that are empty are answered as `null`.
    pub null_lists: bool,
    /// Matter numbering.
    pub numbering: Numbering,
    /// Visibility of external properties between applications.
    pub external_properties: ExternalProperties,
    /// Error type of refused writes.
    pub validation_type: ValidationType,
    /// Error type of a bad `fields`.
    pub fields_error_type: FieldsErrorType,
    /// Access to custom field definitions.
    pub custom_field_access: CustomFieldAccess,
    /// Life of tokens issued from now on.
    #[serde(with = "millis", rename = "token_life_ms")]
    pub token_life: Duration,
    /// Whether each refresh hands out another refresh token and ends the old
    /// one. Clio documents that refresh tokens stay.
    pub rotate_refresh_tokens: bool,
    /// Body of a 401.
    pub unauthorized_body: UnauthorizedBody,
    /// The region this sandbox plays.
    pub region: Region,
    /// Records the user may not see: associated contacts and matters answer
    /// `{"redacted": true}`.
    pub redact_associations: bool,
    /// A person with `name` alone.
    pub person_name_alone: PersonNameAlone,
    /// Status of a matter created without one.
    pub default_status: DefaultStatus,
    /// Whether closing a matter by `status` sets `close_date`.
    pub closing_sets_close_date: bool,
    /// Whether a stage set through the API runs stage automations.
    pub api_stage_runs_automations: bool,
    /// Documents of stage automations.
    pub automation_documents: AutomationDocuments,
    /// `export_formats` of automations by request.
    pub export_formats: ExportFormats,
    /// JSON types of custom field values.
    pub value_form: ValueForm,
    /// Leading `=` in a filter on a text field.
    pub text_filter: TextFilter,
    /// Instants in answers.
    pub timestamps: TimestampForm,
    /// Whether a list without `order` pages by cursor.
    pub cursor_without_order: bool,
    /// A hostile or broken `meta.paging.next`: its origin is replaced by this.
    pub next_page_origin: Option<String>,
    /// A firewall that answers an HTML 403 to a request without `User-Agent`,
    /// or with a URL in it.
    pub firewall: bool,
    /// When handshakes come.
    pub handshake: Handshake,
    /// Webhooks for documents and folders.
    pub document_webhooks: DocumentWebhooks,
}

impl Default for Switches {
    fn default() -> Self {
        Self {
            since: SinceFilter::Inclusive,
            final_patch_touches_updated_at: true,
            upload_error_status: 422,
            upload_timeouts: 0,
            already_uploaded: AlreadyUploaded::Unprocessable,
            put_url_on_read: PutUrlOnRead::Fresh,
            finished_put_url: EmptyText::EmptyString,
            api_access: true,
            search_lag: Duration::from_secs(5),
            retry_after: RetryAfter::Seconds,
            rate_limit_body: RateLimitBody::Envelope,
            unknown_reference: UnknownReference::NotFound,
            deleted_fields: DeletedFields::Listed,
            webhook_expiry: WebhookExpiry::Told,
            null_lists: false,
            numbering: Numbering::Automatic,
            external_properties: ExternalProperties::Shared,
            validation_type: ValidationType::ArgumentError,
            fields_error_type: FieldsErrorType::InvalidFields,
            custom_field_access: CustomFieldAccess::Granted,
            token_life: Duration::from_secs(2_592_000),
            rotate_refresh_tokens: false,
            unauthorized_body: UnauthorizedBody::Envelope,
            region: Region::Us,
            redact_associations: false,
            person_name_alone: PersonNameAlone::Refused,
            default_status: DefaultStatus::Open,
            closing_sets_close_date: true,
            api_stage_runs_automations: true,
            automation_documents: AutomationDocuments::Complete,
            export_formats: ExportFormats::First,
            value_form: ValueForm::Typed,
            text_filter: TextFilter::OperatorStripped,
            timestamps: TimestampForm::Zulu,
            cursor_without_order: true,
            next_page_origin: None,
            firewall: false,
            handshake: Handshake::AfterAnswer,
            document_webhooks: DocumentWebhooks::Offered,
        }
    }
}

impl Switches {
    /// Named readings of the open facts, each to be survived by any client: the
    /// default, every open fact turned over alone, and all of them at once.
    ///
    /// Upload timeouts stand in none of them, and `put_url` is never withheld
    /// together with timeouts, so that every scenario can still end well.
    pub fn all() -> impl Iterator<Item = (&'static str, Self)> {
        type Turn = fn(&mut Switches);
        const TURNS: &[(&str, Turn)] = &[
            ("since filters exclude the instant", |s| {
                s.since = SinceFilter::Exclusive;
            }),
            ("the final patch leaves updated_at", |s| {
                s.final_patch_touches_updated_at = false;
            }),
            ("upload errors are 400", |s| s.upload_error_status = 400),
            ("already uploaded is 400", |s| {
                s.already_uploaded = AlreadyUploaded::BadRequest;
            }),
            ("already uploaded is 409", |s| {
                s.already_uploaded = AlreadyUploaded::Conflict;
            }),
            ("already uploaded is UploadNotFoundError", |s| {
                s.already_uploaded = AlreadyUploaded::UploadNotFound;
            }),
            ("already uploaded is accepted", |s| {
                s.already_uploaded = AlreadyUploaded::Accepted;
            }),
            ("put_url is read as issued", |s| {
                s.put_url_on_read = PutUrlOnRead::AsIssued;
            }),
            ("put_url is not read again", |s| {
                s.put_url_on_read = PutUrlOnRead::Absent;
            }),
            ("a finished put_url is null", |s| {
                s.finished_put_url = EmptyText::Null;
            }),
            ("search lags a minute", |s| {
                s.search_lag = Duration::from_secs(60);
            }),
            ("Retry-After is a date", |s| {
                s.retry_after = RetryAfter::HttpDate;
            }),
            ("Retry-After is missing", |s| {
                s.retry_after = RetryAfter::Absent;
            }),
            ("a spent budget is told in base64", |s| {
                s.rate_limit_body = RateLimitBody::Wrapped;
            }),
            ("a spent budget is told in base64 and with 200", |s| {
                s.rate_limit_body = RateLimitBody::WrappedSuccess;
            }),
            ("an unknown reference is 422", |s| {
                s.unknown_reference = UnknownReference::Unprocessable;
            }),
            ("deleted fields are not listed", |s| {
                s.deleted_fields = DeletedFields::LeftOut;
            }),
            ("the end of a webhook is not told", |s| {
                s.webhook_expiry = WebhookExpiry::Null;
            }),
            ("external properties are per application", |s| {
                s.external_properties = ExternalProperties::PerApp;
            }),
            ("validation has another type", |s| {
                s.validation_type = ValidationType::UnprocessableEntityError;
            }),
            ("bad fields have another type", |s| {
                s.fields_error_type = FieldsErrorType::ArgumentError;
            }),
            ("401 is HTML", |s| {
                s.unauthorized_body = UnauthorizedBody::Html;
            }),
            ("refresh tokens are replaced", |s| {
                s.rotate_refresh_tokens = true;
            }),
            ("a matter starts pending", |s| {
                s.default_status = DefaultStatus::Pending;
            }),
            ("closing leaves close_date", |s| {
                s.closing_sets_close_date = false;
            }),
            ("stages set by API run no automations", |s| {
                s.api_stage_runs_automations = false;
            }),
            ("generated documents start incomplete", |s| {
                s.automation_documents = AutomationDocuments::IncompleteFirst;
            }),
            ("an automation's formats are a list", |s| {
                s.export_formats = ExportFormats::List;
            }),
            ("an automation's formats are a list in a text", |s| {
                s.export_formats = ExportFormats::Text;
            }),
            ("custom field values are strings", |s| {
                s.value_form = ValueForm::Strings;
            }),
            ("instants carry an offset", |s| {
                s.timestamps = TimestampForm::Offset;
            }),
            ("a list without order pages by offset", |s| {
                s.cursor_without_order = false;
            }),
            ("handshakes come before the answer", |s| {
                s.handshake = Handshake::BeforeAnswer;
            }),
            ("webhooks are enabled without a handshake", |s| {
                s.handshake = Handshake::Absent;
            }),
        ];
        let single = TURNS.iter().map(|(name, turn)| {
            let mut switches = Self::default();
            turn(&mut switches);
            (*name, switches)
        });
        let mut together = Self::default();
        for (_, turn) in TURNS {
            turn(&mut together);
        }
        std::iter::once(("as most likely", Self::default()))
            .chain(single)
            .chain(std::iter::once(("all turned over", together)))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn every_reading_but_the_first_differs_from_the_default() {
        let all: Vec<_> = Switches::all().collect();
        assert_eq!(all[0].1, Switches::default());
        for (name, switches) in &all[1..] {
            assert_ne!(switches, &Switches::default(), "{name}");
        }
    }

    #[test]
    fn json_names_only_what_differs() {
        let switches: Switches =
            serde_json::from_str(r#"{"since":"exclusive","search_lag_ms":0}"#).unwrap();
        assert_eq!(switches.since, SinceFilter::Exclusive);
        assert_eq!(switches.search_lag, Duration::ZERO);
        assert!(serde_json::from_str::<Switches>(r#"{"sinse":"exclusive"}"#).is_err());
    }
}
