package problem

import (
	"fmt"
	"io"
	"testing"

	"errors"
)

func TestProblemTellsFieldMessageAndHint(t *testing.T) {
	t.Parallel()
	p := New(Invalid, "suite %q is empty", "x").In("suite").WithHint("name one, like %s", "trixie")
	if got, want := p.Error(), `suite: suite "x" is empty (name one, like trixie)`; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestCauseAndKindStayReachable(t *testing.T) {
	t.Parallel()
	err := fmt.Errorf("sync: %w", New(Upstream, "reading Release: %w", io.ErrUnexpectedEOF))
	if !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Error("the cause is lost")
	}
	if KindOf(err) != Upstream || !Is(err, Upstream) || Is(err, Invalid) {
		t.Errorf("kind is %q, want upstream", KindOf(err))
	}
	if KindOf(io.EOF) != Internal || Is(nil, Internal) {
		t.Error("an error without a problem is internal, and no error is none")
	}
}

func TestWhileSaysWhatWasBeingDone(t *testing.T) {
	t.Parallel()
	if err := While(nil, "reading %s", "x"); err != nil {
		t.Errorf("no error became %v", err)
	}
	err := While(New(Upstream, "no: %w", io.EOF), "reading %s", "x")
	if err.Error() != "reading x: no: EOF" || !Is(err, Upstream) || !errors.Is(err, io.EOF) {
		t.Errorf("got %v of kind %q", err, KindOf(err))
	}
}
