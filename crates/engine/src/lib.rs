//! The domain of Plimsoll.
