// Package hold makes garbage collection safe while other work continues, in this process and in all
// others on the same database. It locks nobody out.
//
// # The rules
//
//   - Work that relies on what is stored, until it has committed the rows that name
//     it, holds it: from before its first look to after its last commit.
//   - A collector looks for what nothing needs and condemns it. From then on a touch
//     saves what is condemned. That is the business of the store that is cleaned.
//   - The collector then begins a round: [Node.Begin]. [Round.Wait] returns when all
//     holds have ended that were taken before.
//   - It looks again at what is needed, and removes what is still condemned and still
//     not needed. Work that began later cannot rely on any of that without a touch.
//
// [Node.InUseSince] answers another question: which past states current work may build upon.
//
// # The scheme
//
// A hold is an entry in a map of its process: taking one writes nothing. The processes share only
// one row each ([Node]) and the number of the newest round. A process renews its row three times
// during a lease. In the same transaction it reads the number of the round and writes
//
//   - passed: the newest round before which none of its holds were taken. The holds
//     that there are when it learns of a round are those that it waits for;
//   - oldest: an instant before which none of its holds were taken. An old value is
//     only smaller than the true one, so it keeps more than it needs to.
//
// A collector waits until every row has passed its round. A row whose lease has ended is that of a
// process that was killed, or seems so: the collector deletes it. A process whose row is gone
// commits nothing any more: each of its transactions looks for the row ([db.DB.Guard]). So a
// process that was only slow cannot commit what names removed bytes. It is over ([Node.Lost]): it
// ends and is started again. A commit that was under way is waited for by the database, and the
// collector sees it.
//
// Instants are read from the database's clock, so different clocks are harmless. They only decide
// how soon a slow process counts as dead.
//
// A process that has the database for itself ([Options.Alone]) has no row: any row is from a dead
// process, and all of the above happens in memory.
package hold
