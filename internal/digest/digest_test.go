package digest

import (
	"encoding/json"
	"strings"
	"testing"
)

const abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" // FIPS 180-2, appendix B.1

func TestSumsOfTheStandardsExample(t *testing.T) {
	t.Parallel()
	h := NewHasher(Kinds{MD5: true, SHA1: true, SHA512: true})
	h.Write([]byte("a"))
	h.Write([]byte("bc"))
	want := Sums{
		MD5:    "900150983cd24fb0d6963f7d28e17f72",
		SHA1:   "a9993e364706816aba3e25717850c26c9cd0d89d",
		SHA256: abc,
		SHA512: "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a" +
			"2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
	}
	if got := h.Sums(); got != want || h.Size() != 3 || h.SHA256().String() != abc {
		t.Errorf("got %+v, size %d", got, h.Size())
	}
	if got := NewHasher(Kinds{}).Sums(); got.MD5 != "" || got.SHA512 != "" {
		t.Errorf("sums that were not asked for: %+v", got)
	}
}

func TestParseTakesOnlyWholeSums(t *testing.T) {
	t.Parallel()
	if d, err := Parse(strings.ToUpper(abc)); err != nil || d != Of([]byte("abc")) {
		t.Errorf("upper case: %v %v", d, err)
	}
	for _, bad := range []string{"", abc[:63], abc + "0", "g" + abc[1:], "../" + abc[3:]} {
		if _, err := Parse(bad); err == nil {
			t.Errorf("%q was taken", bad)
		}
	}
}

func TestSumsTravelThroughJSONAndColumns(t *testing.T) {
	t.Parallel()
	d := Of([]byte("abc"))
	var back, scanned SHA256
	text, err := json.Marshal(d)
	if err != nil || json.Unmarshal(text, &back) != nil || back != d {
		t.Errorf("JSON %s %v", text, err)
	}
	v, _ := d.Value()
	if err := scanned.Scan(v); err != nil || scanned != d {
		t.Errorf("column: %v", err)
	}
	if scanned.Scan([]byte("short")) == nil || scanned.Scan("text") == nil {
		t.Error("a wrong column was taken")
	}
	if err := scanned.Scan(nil); err != nil || !scanned.IsZero() {
		t.Errorf("NULL: %v", err)
	}
}

func TestAHasherGoesOnFromItsState(t *testing.T) {
	t.Parallel()
	all := Kinds{MD5: true, SHA1: true, SHA512: true}
	text := []byte(strings.Repeat("all work and no play ", 100))
	for cut := range len(text) {
		first := NewHasher(all)
		first.Write(text[:cut])
		state, err := first.State()
		if err != nil {
			t.Fatal(err)
		}
		second, err := ResumeHasher(all, state)
		if err != nil {
			t.Fatal(err)
		}
		second.Write(text[cut:])
		whole := NewHasher(all)
		whole.Write(text)
		if second.Sums() != whole.Sums() || second.Size() != whole.Size() || second.SHA256() != Of(text) {
			t.Fatalf("cut at %d the sums differ", cut)
		}
		if _, err := ResumeHasher(Kinds{}, state); err == nil {
			t.Fatal("the state of other kinds was taken")
		}
		if _, err := ResumeHasher(all, state[:len(state)-1]); err == nil {
			t.Fatal("a damaged state was taken")
		}
	}
}
