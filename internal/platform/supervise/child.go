package supervise

// ChildPrefix begins the environment variables by which a supervisor talks to its children; they are no
// settings for people.
const ChildPrefix = "MUSTER_CHILD_"
