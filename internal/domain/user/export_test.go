package user

// NameFromEmail is for tests.
var NameFromEmail = nameFromEmail
