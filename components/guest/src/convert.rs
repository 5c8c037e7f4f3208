//! From the failures of the API to those of the contract.
//!
//! Each component has types of its own for the contract, generated from its
//! world, so the conversion is written once as a macro.

/// Defines `fn refuse(clio_api::Failure) -> Error` over the generated module of
/// the contract's `types`, and converts dispositions and document states where
/// they are asked for.
#[macro_export]
macro_rules! contract_error {
    ($types:ident) => {
        fn refuse(failure: ::clio_api::Failure) -> $types::Error {
            use ::clio_api::{Code, Remedy};
            let problem = *failure.problem;
            let converted = $types::Problem {
                code: match problem.code {
                    Code::InvalidInput => $types::ProblemCode::InvalidInput,
                    Code::NotConnected => $types::ProblemCode::NotConnected,
                    Code::Forbidden => $types::ProblemCode::Forbidden,
                    Code::NotFound => $types::ProblemCode::NotFound,
                    Code::Ambiguous => $types::ProblemCode::Ambiguous,
                    Code::Conflict => $types::ProblemCode::Conflict,
                    Code::Removed => $types::ProblemCode::Removed,
                    Code::RejectedByClio => $types::ProblemCode::RejectedByClio,
                    Code::ReviewRequired => $types::ProblemCode::ReviewRequired,
                    Code::DeniedByPolicy => $types::ProblemCode::DeniedByPolicy,
                    Code::RateLimited => $types::ProblemCode::RateLimited,
                    Code::Unavailable => $types::ProblemCode::Unavailable,
                    Code::UploadIncomplete => $types::ProblemCode::UploadIncomplete,
                    Code::UnexpectedAnswer => $types::ProblemCode::UnexpectedAnswer,
                },
                message: problem.message,
                field: problem.field,
                status: problem.status,
                clio_type: problem.clio_type,
                retry_after_ms: problem.retry_after_ms,
                candidates: problem.candidates,
            };
            match failure.remedy {
                Remedy::Permanent => $types::Error::Permanent(converted),
                Remedy::Transient => $types::Error::Transient(converted),
            }
        }
    };
}

/// Defines `fn disposition(clio_api::Disposition) -> Disposition`.
#[macro_export]
macro_rules! contract_disposition {
    ($types:ident) => {
        fn disposition(disposition: ::clio_api::Disposition) -> $types::Disposition {
            match disposition {
                ::clio_api::Disposition::Created => $types::Disposition::Created,
                ::clio_api::Disposition::Linked => $types::Disposition::Linked,
            }
        }
    };
}
