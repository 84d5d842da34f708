package httpx

import "context"

type transactionKey struct{}

// MarkTransaction returns a context that says that a database transaction is open, so that no request is sent while rows are locked.
func MarkTransaction(ctx context.Context) context.Context {
	return context.WithValue(ctx, transactionKey{}, true)
}

// InTransaction reports whether the context was made inside a database transaction.
func InTransaction(ctx context.Context) bool {
	held, _ := ctx.Value(transactionKey{}).(bool)
	return held
}
