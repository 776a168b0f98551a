// Package activity runs all work as one tree of durable activities: they survive a restart, show
// progress, and can be cancelled, scheduled and serialised by locks.
//
// # Life of an activity
//
// An activity is waiting, then running, then done, failed or cancelled. [Engine.Submit] writes it
// in the caller's transaction, so the work and the change that needs it are committed together. A
// worker claims it when it is due and its locks are free, and calls the [Handler] registered for
// its type:
//
//	engine.Register("mirror.sync", func(ctx context.Context, run *activity.Run) (any, error) {
//		var p payload
//		if err := run.Payload(&p); err != nil { return nil, err }
//		… run.Progress(activity.Progress{Phase: "fetch", Done: n, Total: all}) …
//		return nil, run.Commit(ctx, &counts, func(tx *db.Tx) error { return catalog.Append(ctx, tx, …) })
//	})
//
// [Engine.Run] does the same in the caller's goroutine, for work whose caller waits.
//
// # Never twice
//
// The process that runs an activity holds a lease on it, which a heartbeat renews. If the process
// dies, the lease ends: the activity waits again if attempts are left, else it fails. A worker that
// only seemed dead may still be running. So its final effect must go through [Run.Commit], a
// transaction that checks its lease. Effects before the commit must be harmless if repeated.
//
// # Locks
//
// An activity names the resources that it needs, each exclusive or shared. It locks all of them at
// once when it starts, and keeps them until it is finished, so activities do not deadlock. Each
// resource has a queue in the order of submission (or of RunAt): a waiting activity blocks later
// ones with conflicting locks on any of its resources, and no others. Without that rule a
// publication that needs ten idle mirrors might never start. A child has its root's position in the
// queues, and locks of ancestors do not block it.
//
// # Parents and children
//
// Cancelling an activity cancels its descendants. If an activity fails, is cancelled or starts
// again, its unfinished descendants are cancelled, because nothing waits for them. If it is done,
// they continue. The parent decides about a child's failure, after [Run.WaitChildren].
package activity
