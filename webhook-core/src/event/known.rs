//! The documented variables, and where they are in a tree.

use crate::tree::NONE;

macro_rules! known {
    ($($variable:ident $name:literal)*) => {
        /// Where each documented variable is: a node, or [`NONE`].
        pub(super) struct Known {
            $(pub(super) $variable: u32,)*
        }

        impl Known {
            pub(super) const NONE: Self = Self { $($variable: NONE,)* };

            /// The place of the variable called `name`, when it is documented.
            #[inline]
            pub(super) fn place(&mut self, name: &[u8]) -> Option<&mut u32> {
                Some(match name {
                    $($name => &mut self.$variable,)*
                    _ => return None,
                })
            }

            pub(super) fn has(&self, node: u32) -> bool {
                [$(self.$variable),*].contains(&node)
            }
        }
    };
}

known! {
    kind b"type" action b"action"
    profile b"profile" subprofile b"subprofile" database b"database" collection b"collection"
    id b"id" timestamp b"timestamp" time b"time" created b"created" modified b"modified"
    parameters b"parameters" fields b"fields" interests b"interests"
}
