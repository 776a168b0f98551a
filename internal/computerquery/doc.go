// Package computerquery is the language in which people choose computers: for a
// search, a saved search, or what an activity is to reach. It is Landscape's (API
// Methods: Computers, GetComputers).
//
//	web                        computers with web in their title or hostname
//	tag:server distribution:noble   both must hold; AND may stand between them
//	tag:server OR tag:desktop  one of them must hold
//	NOT alert:computer-offline the term must not hold
//	title:"My Server"          quotes keep spaces, and the meaning from words and colons
//	disk.size:[10Gb TO 2Tb]    a range, both ends included
//
// OR binds tighter than AND: "access-group:web tag:a OR tag:b" are the computers of
// the group web that have one of the tags, which is also how Landscape's own pages
// ask for them. There are no parentheses. So a query is always the same shape, and
// [Query] is that shape: clauses, all of which must hold, of conditions, one of
// which must.
//
//	q, err := computerquery.Parse(`access-group:web tag:a OR NOT needs:reboot`)
//	found := q.Holds(func(t computerquery.Term) bool { … })
//
// [Parse] knows every term by name and checks its value; what it cannot mean
// anything is an error that names the term and the remedy, and never a search that
// finds nothing. Length and terms are bounded.
package computerquery
