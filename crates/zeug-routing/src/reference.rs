//! A slow matcher that transcribes the rules of the search, for comparing.
