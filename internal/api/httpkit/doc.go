// Package httpkit holds what every dialect over HTTP needs, once: who asks
// ([Policy.Identify]), a body within its limit ([Buffer]), an answer that stays whole when
// a handler panics ([Handler]), what a caller learns of an error ([Told]) and its status
// ([Status]). It knows no dialect. The shape of an error's body, and the statuses that a
// dialect's clients expect instead of the usual ones, stay in the dialect.
package httpkit
