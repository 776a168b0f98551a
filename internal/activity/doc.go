// Package activity runs all of Aptarium's work as one tree of durable
// activities: they survive a restart, show progress, can be cancelled,
// scheduled and made to wait for each other.
//
// # Life of an activity
//
// An activity is waiting, then running, then done, failed or cancelled.
// [Engine.Submit] writes it as part of the caller's transaction, so the work
// exists exactly when the change that asks for it does. A worker claims it
// once its time has come and its locks are free, and calls the [Handler]
// registered for its type:
//
//	engine.Register("mirror.sync", func(ctx context.Context, run *activity.Run) (any, error) {
//		var p payload
//		if err := run.Payload(&p); err != nil { return nil, err }
//		… run.Progress(activity.Progress{Phase: "fetch", Done: n, Total: all}) …
//		return nil, run.Commit(ctx, &counts, func(tx *db.Tx) error { return catalog.Append(ctx, tx, …) })
//	})
//
// [Engine.Run] does the same in the caller's own goroutine, for work that
// somebody waits for.
//
// # Never twice
//
// Whoever runs an activity holds a lease on it, which a heartbeat renews.
// When the process dies the lease ends, and the activity waits again if
// attempts are left, else it fails. A worker that only seemed dead may still
// be busy then; so what it does last goes through [Run.Commit], one
// transaction that checks that the lease is still its own. Effects before the
// commit must be harmless when repeated.
//
// # Locks
//
// An activity names the resources that it needs, each exclusive or shared. It
// takes all of them at once when it starts and keeps them until it is
// finished, so activities do not deadlock. Each resource has a queue in the
// order of submission (for delayed ones, of their time): one that waits for a
// busy resource holds back later ones that want a resource of its own in a
// conflicting way, and nobody else. Without that rule a publication that
// needs ten mirrors at rest would never find them so. A child stands in the
// queues where its root stands, and what an ancestor holds does not block it.
//
// # Parents and children
//
// Cancelling an activity cancels its descendants. When one fails, is
// cancelled or starts over, its unfinished descendants are cancelled, for
// nobody waits for them any more. When one is done they go on. A child's
// failure is the parent's to judge, after [Run.WaitChildren].
package activity
