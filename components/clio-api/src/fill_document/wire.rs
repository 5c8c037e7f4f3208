//! What is asked of Clio.

use crate::fields::{Fields, fields};

/// Of a matter.
pub(super) const MATTER: Fields = fields!(
    id,
    display_number,
    description,
    status,
    location,
    client_reference,
    open_date,
    pending_date,
    close_date,
    currency { id, code },
    client { id, name },
    practice_area { id, name },
    matter_stage { id, name },
    responsible_attorney {
        id,
        name,
        first_name,
        last_name,
        initials,
        email,
        phone_number
    },
    originating_attorney {
        id,
        name,
        first_name,
        last_name,
        initials,
        email,
        phone_number
    },
    responsible_staff {
        id,
        name,
        first_name,
        last_name,
        initials,
        email,
        phone_number
    },
    custom_field_values {
        id,
        field_name,
        field_type,
        value,
        soft_deleted,
        custom_field,
        picklist_option
    },
);

/// Of the contacts around a matter.
pub(super) const RELATIONSHIP: Fields =
    fields!(id, description, matter { id }, contact { id, name });

/// Of a contact.
pub(super) const CONTACT: Fields = fields!(
    id,
    name,
    prefix,
    first_name,
    middle_name,
    last_name,
    title,
    type,
    date_of_birth,
    company { id, name },
    email_addresses {
        name,
        address,
        primary
    },
    phone_numbers {
        name,
        number,
        primary
    },
    addresses {
        name,
        street,
        city,
        province,
        postal_code,
        country,
        primary
    },
    custom_field_values {
        id,
        field_name,
        field_type,
        value,
        soft_deleted,
        custom_field,
        picklist_option
    },
);

/// Of a contact that a custom field names.
pub(super) const NAME: Fields = fields!(id, name);

/// Of a stored template.
pub(super) const STORED: Fields = fields!(id, filename, content_type, size);

/// Of a document.
pub(super) const DOCUMENT: Fields = fields!(
    id,
    matter { id },
    latest_document_version {
        id,
        fully_uploaded,
        filename,
        content_type,
        size
    },
);
