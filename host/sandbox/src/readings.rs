//! The readings of each fact about Clio that is open. What they are for stands in
//! `switches`.

use serde::{Deserialize, Serialize};

/// Declares a small enum of readings.
macro_rules! reading {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum $name { $($(#[$vdoc])* $variant),+ }
    };
}

reading! {
    /// Whether `created_since` and `updated_since` include the instant itself.
    SinceFilter { /** `>=` */ Inclusive, /** `>` */ Exclusive }
}
reading! {
    /// What a second `fully_uploaded: true` for the same version answers.
    AlreadyUploaded {
        /// 422 with the validation type.
        Unprocessable,
        /// 400 `ArgumentError`.
        BadRequest,
        /// 409 `ConflictError`.
        Conflict,
        /// 404 `UploadNotFoundError`: the temporary upload is gone.
        UploadNotFound,
        /// 200, as if nothing had been wrong.
        Accepted,
    }
}
reading! {
    /// What `put_url` holds when an incomplete version is read again.
    PutUrlOnRead {
        /// A new URL with ten minutes from now.
        Fresh,
        /// The URL of the first answer, perhaps expired.
        AsIssued,
        /// Nothing: only the POST's own answer carried it.
        Absent,
    }
}
reading! {
    /// How an empty text is written.
    EmptyText { /** `""` */ EmptyString, /** `null` */ Null }
}
reading! {
    /// The form of `Retry-After` on 429.
    RetryAfter { /** Whole seconds. */ Seconds, /** An HTTP date. */ HttpDate, /** No such header. */ Absent }
}
reading! {
    /// The body of a 429.
    RateLimitBody {
        /// The error envelope.
        Envelope,
        /// The error as a text in base64, as one client has seen it.
        Wrapped,
        /// The same with status 200 and without `Retry-After`.
        WrappedSuccess,
    }
}
reading! {
    /// What a body is answered that refers to a record which is not there.
    UnknownReference { /** 404 */ NotFound, /** 422 with the validation type. */ Unprocessable }
}
reading! {
    /// Whether the list of definitions holds deleted fields unasked.
    DeletedFields { /** Yes. */ Listed, /** Only with `deleted=true`. */ LeftOut }
}
reading! {
    /// `expires_at` of webhooks in answers.
    WebhookExpiry { /** The instant. */ Told, /** `null`, though it ends. */ Null }
}
reading! {
    /// Who numbers matters.
    Numbering {
        /// Clio does; `display_number` in a body is ignored.
        Automatic,
        /// The account does; `display_number` in a body is kept.
        Manual,
    }
}
reading! {
    /// Whose external properties an application sees.
    ExternalProperties { /** Everyone's. */ Shared, /** Its own only. */ PerApp }
}
reading! {
    /// The error type of a refused write. `ArgumentError` was seen by one client.
    ValidationType { /** `ArgumentError` */ ArgumentError, /** `UnprocessableEntityError` */ UnprocessableEntityError }
}
reading! {
    /// The error type of a bad `fields` parameter.
    FieldsErrorType { /** `InvalidFields` */ InvalidFields, /** `ArgumentError` */ ArgumentError }
}
reading! {
    /// Access to custom field definitions.
    CustomFieldAccess {
        /// As the token's permissions say.
        Granted,
        /// Definitions answer 403.
        DefinitionsForbidden,
        /// Definitions answer 403, and values come with an id but null name,
        /// type, value and definition.
        ValuesBlank,
        /// The same, but each value names its definition.
        ValuesNull,
    }
}
reading! {
    /// The body of a 401. The real one is not known.
    UnauthorizedBody { /** The error envelope. */ Envelope, /** `{"error":"invalid_token",…}` */ OAuth, /** An HTML page. */ Html, /** None. */ Empty }
}
reading! {
    /// A region of Clio. A token of one is refused by the others.
    Region { /** `app.clio.com` */ Us, /** `eu.app.clio.com` */ Eu, /** `ca.app.clio.com` */ Ca, /** `au.app.clio.com` */ Au }
}
reading! {
    /// A person created with `name` alone.
    PersonNameAlone {
        /// 422: a first or a last name is wanted.
        Refused,
        /// Split at the last space.
        Split,
    }
}
reading! {
    /// How documents of stage automations appear.
    AutomationDocuments {
        /// Complete at once.
        Complete,
        /// Incomplete first; complete after half a minute of the clock.
        IncompleteFirst,
    }
}
reading! {
    /// What `export_formats` of an automation holds. The description has one of
    /// the two names where the request has a list.
    ExportFormats {
        /// One format as itself, several as the JSON text of their list.
        Text,
        /// A list.
        List,
        /// The first format, however many were asked for.
        First,
    }
}
reading! {
    /// The JSON types of custom field values in answers.
    ValueForm { /** Booleans and numbers as themselves. */ Typed, /** Strings, as the description says. */ Strings }
}
reading! {
    /// How a leading `=` of a filter on a text custom field is read.
    TextFilter { /** As the operator. */ OperatorStripped, /** As part of the text. */ Literal }
}
reading! {
    /// How instants are written.
    TimestampForm { /** `2026-01-02T03:04:05Z` */ Zulu, /** `2026-01-02T03:04:05+00:00` */ Offset }
}
reading! {
    /// The status of a matter created without one.
    DefaultStatus { /** `Open` */ Open, /** `Pending` */ Pending }
}

reading! {
    /// When the handshake of a new webhook comes.
    Handshake {
        /// After the answer to its creation, or at the same time.
        AfterAnswer,
        /// Before the answer to its creation.
        BeforeAnswer,
        /// Never: it is enabled at once, as one observer saw.
        Absent,
    }
}
reading! {
    /// Webhooks for documents and folders. The description lists them; an
    /// account may not have them yet.
    DocumentWebhooks {
        /// As the description says.
        Offered,
        /// Refused with 422.
        Unprocessable,
        /// Refused with 400.
        BadRequest,
        /// Refused with 403.
        Forbidden,
    }
}
