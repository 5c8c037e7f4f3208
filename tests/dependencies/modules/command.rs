//! The layers of the command.

use super::{House, check};

const COMMAND: House<'_> = House {
    layers: &[
        ("what is typed, and what is logged", &["args", "logging"]),
        ("the verbs", &["commands"]),
    ],
    forbidden: &[],
};

#[test]
fn the_commands_modules_point_one_way() {
    check("host/cli/src", &COMMAND);
}
