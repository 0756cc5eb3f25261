//! Reading a question's arguments: absent and null are the same; a wrong type is a driver's mistake and reads as absent.
