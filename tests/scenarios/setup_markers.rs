//! What runs both ways: with marker fields in the account, and without.

use clio_host::actions::create_matter::CreateRequest;
use clio_host::actions::sync_contact::SyncRequest;
use clio_sandbox::NewCustomField;
use clio_tests::World;

/// Whether the account has marker fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Markers {
    Without,
    With,
}

impl Markers {
    /// Both ways.
    pub(crate) const BOTH: [Self; 2] = [Self::Without, Self::With];

    /// One of two, by the way.
    pub(crate) fn either<T>(self, without: T, with: T) -> T {
        match self {
            Self::Without => without,
            Self::With => with,
        }
    }

    /// Adds the fields to an account that actions are called for.
    pub(crate) fn fields(self, world: &World) -> Fields {
        let add = |parent| {
            let field = NewCustomField {
                displayed: false,
                ..NewCustomField::new("Source id", parent, "text_line")
            };
            (self == Self::With).then(|| world.control.add_custom_field(field))
        };
        Fields {
            contact: add("Contact"),
            matter: add("Matter"),
        }
    }

    /// Sets the account up for the command, and forgets what that cost.
    pub(crate) async fn set_up(self, world: &World) {
        if self == Self::With {
            world.clio(&["setup", "--yes"]).await.expect_code(0);
            world.control.clear_trace();
        }
    }
}

/// Tells a story both ways, each in a world of its own.
pub(crate) async fn both_ways(story: impl AsyncFn(Markers, &World, Fields)) {
    for markers in Markers::BOTH {
        let world = World::new().await;
        let fields = markers.fields(&world);
        story(markers, &world, fields).await;
        world.finish();
    }
}

/// The marker fields of an account, where it has any.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Fields {
    pub(crate) contact: Option<u64>,
    pub(crate) matter: Option<u64>,
}

impl Fields {
    /// Names the field in a request.
    pub(crate) fn in_contact(self, mut request: SyncRequest) -> SyncRequest {
        request.marker_field = self.contact;
        request
    }

    /// Names the field in a request.
    pub(crate) fn in_matter(self, mut request: CreateRequest) -> CreateRequest {
        request.marker_field = self.matter;
        request
    }
}
