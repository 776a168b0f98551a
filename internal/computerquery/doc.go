// Package computerquery is Landscape's language that selects computers: for searches,
// saved searches, and the targets of activities (API Methods: Computers, GetComputers).
//
//	web                        computers with web in their title or hostname
//	tag:server distribution:noble   both must hold; also written with AND between them
//	tag:server OR tag:desktop  one of them must hold
//	NOT alert:computer-offline the term must not hold
//	title:"My Server"          quotes keep spaces, and make words and colons literal
//	disk.size:[10Gb TO 2Tb]    a range, both ends included
//
// OR binds tighter than AND: "access-group:web tag:a OR tag:b" selects the computers of
// the group web that have one of the tags. Landscape's own pages use it so. There are no
// parentheses. So every query has the same shape, that of [Query]: all clauses must hold,
// and of each clause one condition.
//
//	q, err := computerquery.Parse(`access-group:web tag:a OR NOT needs:reboot`)
//	found := q.Holds(func(t computerquery.Term) bool { … })
//
// [Parse] checks the name and the value of every term. An unknown term or a meaningless
// value is an error that names the term and the remedy, never a search without results.
// Length and number of terms are limited.
package computerquery
