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

/// Declares the switches, each with its likeliest reading.
macro_rules! switches {
    ($($(#[$meta:meta])* $name:ident: $type:ty = $default:expr;)+) => {
        /// All settings. JSON uses the same names; absent members keep their default.
        #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(default, deny_unknown_fields)]
        pub struct Switches {
            $($(#[$meta])* pub $name: $type,)+
        }

        impl Default for Switches {
            fn default() -> Self {
                Self { $($name: $default,)+ }
            }
        }
    };
}

switches! {
    /// Edge of the since-filters.
    since: SinceFilter = SinceFilter::Inclusive;
    /// Whether the final upload PATCH moves the document's `updated_at`.
    final_patch_touches_updated_at: bool = true;
    /// Status of `UploadNotFoundError` and `UploadTimeoutError`.
    upload_error_status: u16 = 422;
    /// How many final PATCHes of each version time out before one works.
    upload_timeouts: u32 = 0;
    /// Answer to finishing an upload twice.
    already_uploaded: AlreadyUploaded = AlreadyUploaded::Unprocessable;
    /// `put_url` of a version that is read again.
    put_url_on_read: PutUrlOnRead = PutUrlOnRead::Fresh;
    /// `put_url` of a finished version.
    finished_put_url: EmptyText = EmptyText::EmptyString;
    /// False: the account's plan has no API access; everything is 403.
    api_access: bool = true;
    /// How long `query=` lags behind writes, by the sandbox's clock.
    #[serde(with = "millis", rename = "search_lag_ms")]
    search_lag: Duration = Duration::from_secs(5);
    /// `Retry-After` of a 429.
    retry_after: RetryAfter = RetryAfter::Seconds;
    /// Body of a 429.
    rate_limit_body: RateLimitBody = RateLimitBody::Envelope;
    /// Answer to a body that refers to a record which is not there.
    unknown_reference: UnknownReference = UnknownReference::NotFound;
    /// Deleted fields in the list of definitions.
    deleted_fields: DeletedFields = DeletedFields::Listed;
    /// `expires_at` of webhooks.
    webhook_expiry: WebhookExpiry = WebhookExpiry::Told;
    /// Associated lists that are empty are answered as `null`.
    null_lists: bool = false;
    /// Matter numbering.
    numbering: Numbering = Numbering::Automatic;
    /// Visibility of external properties between applications.
    external_properties: ExternalProperties = ExternalProperties::Shared;
    /// Error type of refused writes.
    validation_type: ValidationType = ValidationType::ArgumentError;
    /// Error type of a bad `fields`.
    fields_error_type: FieldsErrorType = FieldsErrorType::InvalidFields;
    /// Access to custom field definitions.
    custom_field_access: CustomFieldAccess = CustomFieldAccess::Granted;
    /// Life of tokens issued from now on.
    #[serde(with = "millis", rename = "token_life_ms")]
    token_life: Duration = Duration::from_secs(2_592_000);
    /// Whether each refresh hands out another refresh token and ends the old
    /// one. Clio documents that refresh tokens stay.
    rotate_refresh_tokens: bool = false;
    /// Body of a 401.
    unauthorized_body: UnauthorizedBody = UnauthorizedBody::Envelope;
    /// The region this sandbox plays.
    region: Region = Region::Us;
    /// Records the user may not see: associated contacts and matters answer
    /// `{"redacted": true}`.
    redact_associations: bool = false;
    /// A person with `name` alone.
    person_name_alone: PersonNameAlone = PersonNameAlone::Refused;
    /// Status of a matter created without one.
    default_status: DefaultStatus = DefaultStatus::Open;
    /// Whether closing a matter by `status` sets `close_date`.
    closing_sets_close_date: bool = true;
    /// Whether a stage set through the API runs stage automations.
    api_stage_runs_automations: bool = true;
    /// Documents of stage automations.
    automation_documents: AutomationDocuments = AutomationDocuments::Complete;
    /// `export_formats` of automations by request.
    export_formats: ExportFormats = ExportFormats::First;
    /// JSON types of custom field values.
    value_form: ValueForm = ValueForm::Typed;
    /// Leading `=` in a filter on a text field.
    text_filter: TextFilter = TextFilter::OperatorStripped;
    /// Instants in answers.
    timestamps: TimestampForm = TimestampForm::Zulu;
    /// Whether a list without `order` pages by cursor.
    cursor_without_order: bool = true;
    /// A hostile or broken `meta.paging.next`: its origin is replaced by this.
    next_page_origin: Option<String> = None;
    /// A firewall that answers an HTML 403 to a request without `User-Agent`,
    /// or with a URL in it.
    firewall: bool = false;
    /// When handshakes come.
    handshake: Handshake = Handshake::AfterAnswer;
    /// Webhooks for documents and folders.
    document_webhooks: DocumentWebhooks = DocumentWebhooks::Offered;
}

/// Declares one reading a line: its name, a switch, and where it stands then.
macro_rules! readings {
    ($($name:literal: $switch:ident = $reading:expr;)+) => {
        const READINGS: &[(&str, fn(&mut Switches))] =
            &[$(($name, |switches| switches.$switch = $reading)),+];
    };
}

// Every open fact, turned over.
readings! {
    "since filters exclude the instant": since = SinceFilter::Exclusive;
    "the final patch leaves updated_at": final_patch_touches_updated_at = false;
    "upload errors are 400": upload_error_status = 400;
    "already uploaded is 400": already_uploaded = AlreadyUploaded::BadRequest;
    "already uploaded is 409": already_uploaded = AlreadyUploaded::Conflict;
    "already uploaded is UploadNotFoundError": already_uploaded = AlreadyUploaded::UploadNotFound;
    "already uploaded is accepted": already_uploaded = AlreadyUploaded::Accepted;
    "put_url is read as issued": put_url_on_read = PutUrlOnRead::AsIssued;
    "put_url is not read again": put_url_on_read = PutUrlOnRead::Absent;
    "a finished put_url is null": finished_put_url = EmptyText::Null;
    "search lags a minute": search_lag = Duration::from_secs(60);
    "Retry-After is a date": retry_after = RetryAfter::HttpDate;
    "Retry-After is missing": retry_after = RetryAfter::Absent;
    "a spent budget is told in base64": rate_limit_body = RateLimitBody::Wrapped;
    "a spent budget is told in base64 and with 200": rate_limit_body = RateLimitBody::WrappedSuccess;
    "an unknown reference is 422": unknown_reference = UnknownReference::Unprocessable;
    "deleted fields are not listed": deleted_fields = DeletedFields::LeftOut;
    "the end of a webhook is not told": webhook_expiry = WebhookExpiry::Null;
    "external properties are per application": external_properties = ExternalProperties::PerApp;
    "validation has another type": validation_type = ValidationType::UnprocessableEntityError;
    "bad fields have another type": fields_error_type = FieldsErrorType::ArgumentError;
    "401 is HTML": unauthorized_body = UnauthorizedBody::Html;
    "refresh tokens are replaced": rotate_refresh_tokens = true;
    "a matter starts pending": default_status = DefaultStatus::Pending;
    "closing leaves close_date": closing_sets_close_date = false;
    "stages set by API run no automations": api_stage_runs_automations = false;
    "generated documents start incomplete": automation_documents = AutomationDocuments::IncompleteFirst;
    "an automation's formats are a list": export_formats = ExportFormats::List;
    "an automation's formats are a list in a text": export_formats = ExportFormats::Text;
    "custom field values are strings": value_form = ValueForm::Strings;
    "instants carry an offset": timestamps = TimestampForm::Offset;
    "a list without order pages by offset": cursor_without_order = false;
    "handshakes come before the answer": handshake = Handshake::BeforeAnswer;
    "webhooks are enabled without a handshake": handshake = Handshake::Absent;
}

impl Switches {
    /// Named readings of the open facts, each to be survived by any client: the
    /// default, every open fact turned over alone, and all of them at once.
    ///
    /// Upload timeouts stand in none of them, and `put_url` is never withheld
    /// together with timeouts, so that every scenario can still end well.
    pub fn all() -> impl Iterator<Item = (&'static str, Self)> {
        let single = READINGS.iter().map(|(name, turn)| {
            let mut switches = Self::default();
            turn(&mut switches);
            (*name, switches)
        });
        let mut together = Self::default();
        for (_, turn) in READINGS {
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
