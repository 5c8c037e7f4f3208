//! How a sandbox is started, and what is in its account from the start.

use std::net::{IpAddr, Ipv4Addr};

use serde::{Deserialize, Serialize};

use crate::credentials::App;
use crate::new::{NewContact, NewCustomField, NewDocument};
use crate::switches::Switches;
use crate::token::RateLimit;

/// Everything that is settled before the start.
#[derive(Debug, Clone)]
pub struct Config {
    /// The address to listen on. The loopback address unless said otherwise:
    /// the sandbox keeps the pages of a browser out, and no program.
    pub address: IpAddr,
    /// The host name in the origins, in page and upload URLs; absent: the
    /// address.
    pub origin_host: Option<String>,
    /// The API's port; 0: any free one.
    pub port: u16,
    /// The storage's port; 0: any free one.
    pub storage_port: u16,
    /// The access token of [`Sandbox::token`](crate::Sandbox::token); absent: a
    /// random one.
    pub token: Option<String>,
    /// The application that is registered from the start; absent: one with a
    /// random secret.
    pub app: Option<App>,
    /// Readings of the facts that are open.
    pub switches: Switches,
    /// What the account holds.
    pub seed: Seed,
    /// Requests a token may send.
    pub rate_limit: RateLimit,
    /// Rows on a page at the most, whatever `limit` asks for: small histories
    /// then have many pages. Absent: what `limit` says.
    pub page_cap: Option<usize>,
    /// How much of uploads is kept for downloads.
    pub content: ContentCaps,
    /// What cannot be guessed is made from this: UUIDs, signatures, the secrets
    /// of webhooks. With one that is known they are the same at each start.
    /// Absent: random.
    pub secret: Option<[u8; 32]>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            address: IpAddr::V4(Ipv4Addr::LOCALHOST),
            origin_host: None,
            port: 0,
            storage_port: 0,
            token: None,
            app: None,
            switches: Switches::default(),
            seed: Seed::default(),
            rate_limit: RateLimit::default(),
            page_cap: None,
            content: ContentCaps::default(),
            secret: None,
        }
    }
}

/// How many bytes of uploads are kept. Of the others only length and digest
/// are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ContentCaps {
    /// Bytes of one upload.
    pub each: u64,
    /// Bytes of all uploads together.
    pub total: u64,
}

impl Default for ContentCaps {
    fn default() -> Self {
        Self {
            each: 8 << 20,
            total: 64 << 20,
        }
    }
}

/// What an account holds, by name, so that it can be written down before any id
/// is known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Seed {
    /// Users; the first one is whom tokens act for. An account always has one:
    /// when none is named, one is made.
    pub users: Vec<SeedUser>,
    /// Practice areas with their stages in order.
    pub practice_areas: Vec<SeedPracticeArea>,
    /// Document categories.
    pub document_categories: Vec<String>,
    /// Custom field definitions.
    pub custom_fields: Vec<NewCustomField>,
    /// Contacts with their matters.
    pub contacts: Vec<SeedContact>,
}

impl Default for Seed {
    /// A small firm: an attorney and an assistant, two practice areas with
    /// three stages each, two document categories, no contacts.
    fn default() -> Self {
        let area = |name: &str, category: &str| SeedPracticeArea {
            name: name.to_owned(),
            code: None,
            category: Some(category.to_owned()),
            stages: ["Intake", "Retained", "Closing"]
                .map(str::to_owned)
                .to_vec(),
        };
        Self {
            users: vec![
                SeedUser::new("Alex", "Attorney", true),
                SeedUser::new("Sam", "Staff", false),
            ],
            practice_areas: vec![
                area("Family", "family"),
                area("Personal Injury", "personal_injury"),
            ],
            document_categories: ["Correspondence", "Pleadings"].map(str::to_owned).to_vec(),
            custom_fields: Vec::new(),
            contacts: Vec::new(),
        }
    }
}

impl Seed {
    /// Nothing but the one user an account must have.
    pub fn empty() -> Self {
        Self {
            users: Vec::new(),
            practice_areas: Vec::new(),
            document_categories: Vec::new(),
            custom_fields: Vec::new(),
            contacts: Vec::new(),
        }
    }
}

/// A user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SeedUser {
    /// First name.
    pub first_name: String,
    /// Last name.
    pub last_name: String,
    /// E-mail address.
    pub email: String,
    /// Attorney or not.
    #[serde(default)]
    pub attorney: bool,
}

impl SeedUser {
    /// A user with an address under a reserved domain.
    pub fn new(first_name: &str, last_name: &str, attorney: bool) -> Self {
        Self {
            first_name: first_name.to_owned(),
            last_name: last_name.to_owned(),
            email: format!("{}@firm.example", first_name.to_lowercase()),
            attorney,
        }
    }
}

/// A practice area with its stages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SeedPracticeArea {
    /// Name.
    pub name: String,
    /// Code.
    #[serde(default)]
    pub code: Option<String>,
    /// One of Clio's categories.
    #[serde(default)]
    pub category: Option<String>,
    /// Names of the stages, in order.
    #[serde(default)]
    pub stages: Vec<String>,
}

/// A contact with its matters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SeedContact {
    /// The contact.
    pub contact: NewContact,
    /// Matters of which it is the client.
    #[serde(default)]
    pub matters: Vec<SeedMatter>,
}

/// A matter; practice area and stage by name.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SeedMatter {
    /// Description.
    pub description: String,
    /// Name of a practice area.
    pub practice_area: Option<String>,
    /// Name of one of its stages.
    pub stage: Option<String>,
    /// The firm's or a caller's reference.
    pub client_reference: Option<String>,
    /// Documents in its root folder.
    pub documents: Vec<NewDocument>,
}
