package db

import (
	"container/list"
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
)

// maxStatements is the largest number of prepared statements that a connection keeps.
const maxStatements = 128

// conn is one connection with its prepared statements. It has no locking: only one goroutine can
// use it at a time.
type conn struct {
	raw    *sql.Conn
	idle   map[string]*list.Element // of *statement, by text
	recent list.List                // the same, least recently used first
}

// statement is removed from the conn while its rows are open: running a prepared statement again
// would reset these rows.
type statement struct {
	text string
	stmt *sql.Stmt
}

func newConn(raw *sql.Conn) *conn {
	return &conn{raw: raw, idle: map[string]*list.Element{}}
}

// prepared returns a prepared statement for a text. The caller returns it with release.
func (c *conn) prepared(ctx context.Context, text string) (*statement, error) {
	if e, ok := c.idle[text]; ok {
		delete(c.idle, text)
		return c.recent.Remove(e).(*statement), nil
	}
	stmt, err := c.raw.PrepareContext(ctx, text)
	if err != nil {
		return nil, err
	}
	return &statement{text, stmt}, nil
}

// release keeps a statement for later use, and closes the least recently used.
func (c *conn) release(s *statement) {
	if _, twice := c.idle[s.text]; twice {
		s.stmt.Close()
		return
	}
	c.idle[s.text] = c.recent.PushBack(s)
	if c.recent.Len() > maxStatements {
		old := c.recent.Remove(c.recent.Front()).(*statement)
		delete(c.idle, old.text)
		old.stmt.Close()
	}
}

// exec runs a statement without rows, and returns the number of changed rows.
func (c *conn) exec(ctx context.Context, text string, args ...any) (int64, error) {
	s, err := c.prepared(ctx, text)
	if err != nil {
		return 0, err
	}
	defer c.release(s)
	result, err := s.stmt.ExecContext(ctx, args...)
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

// discard closes the connection and its transaction for good, instead of returning it to the pool
// of database/sql.
func (c *conn) discard() {
	c.closeStatements()
	_ = c.raw.Raw(func(any) error { return driver.ErrBadConn })
}

func (c *conn) close() error {
	c.closeStatements()
	return c.raw.Close()
}

// closeStatements must precede the connection's end: statements need it to free their memory.
func (c *conn) closeStatements() {
	for e := c.recent.Front(); e != nil; e = e.Next() {
		e.Value.(*statement).stmt.Close()
	}
}

// pool lends connections. It keeps them open, with their prepared statements, and opens another
// only if all open ones are lent: a process with little to do has one. Waiting callers are served
// in order.
type pool struct {
	source *sql.DB
	begin  string        // the statement that starts a transaction
	open   chan *conn    // the free connections
	unused chan struct{} // one value per connection that can still be opened
	closed chan struct{}
}

func newPool(source *sql.DB, begin string, size int, closed chan struct{}) *pool {
	p := &pool{source: source, begin: begin, open: make(chan *conn, size), unused: make(chan struct{}, size), closed: closed}
	for range size {
		p.unused <- struct{}{}
	}
	return p
}

// lend waits for a free connection and begins a transaction on it. The caller ends the transaction
// and calls giveBack.
func (p *pool) lend(ctx context.Context) (*conn, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	c, err := p.free(ctx)
	if err != nil {
		return nil, err
	}
	if c, err = p.started(ctx, c); err != nil {
		p.put(c)
	}
	return c, err
}

// free returns an open connection, or nil if the caller must open one.
func (p *pool) free(ctx context.Context) (*conn, error) {
	select {
	case <-p.closed:
		return nil, ErrClosed
	case c := <-p.open:
		return c, nil
	default:
	}
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-p.closed:
		return nil, ErrClosed
	case c := <-p.open:
		return c, nil
	case <-p.unused:
		return nil, nil
	}
}

// put returns the connection of free, or nil, to the pool.
func (p *pool) put(c *conn) {
	if c == nil {
		p.unused <- struct{}{}
		return
	}
	p.open <- c
}

// started begins a transaction on c, or on a new connection if c is nil. With an error it returns
// the rest of the connection: c or nil.
func (p *pool) started(ctx context.Context, c *conn) (*conn, error) {
	if c == nil {
		raw, err := p.source.Conn(ctx)
		if err != nil {
			return nil, err
		}
		c = newConn(raw)
	}
	if _, err := c.exec(ctx, p.begin); err != nil {
		// The transaction may have begun before the cancellation: discard it.
		c.discard()
		return nil, err
	}
	return c, nil
}

func (p *pool) giveBack(c *conn, broken bool) {
	if broken {
		c.discard()
		c = nil
	}
	p.put(c)
}

// close waits until every connection is given back.
func (p *pool) close(last func(*conn) error) error {
	var errs []error
	for range cap(p.open) {
		select {
		case <-p.unused:
		case c := <-p.open:
			if last != nil {
				errs = append(errs, last(c))
			}
			errs = append(errs, c.close())
		}
	}
	return errors.Join(append(errs, p.source.Close())...)
}
