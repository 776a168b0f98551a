package openpgp_test

import (
	"context"
	"fmt"
	"log"
	"time"

	"github.com/aptarium/aptarium/internal/openpgp"
)

// A publisher signs its Release, and a client with the publisher's key verifies it.
func Example() {
	key, err := openpgp.Generate(openpgp.Params{Name: "Example archive", Email: "archive@example.com"})
	if err != nil {
		log.Fatal(err)
	}
	inRelease, err := openpgp.ClearSign(context.Background(), []byte("Suite: stable\n"), time.Now(), key)
	if err != nil {
		log.Fatal(err)
	}

	keyring, err := openpgp.ReadKeys(key.Public().Binary())
	if err != nil {
		log.Fatal(err)
	}
	release, signedBy, err := openpgp.VerifyClearSigned(inRelease, keyring, openpgp.Policy{})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%s by %s\n", release, signedBy[0].UserID)
	// Output:
	// Suite: stable
	//  by Example archive <archive@example.com>
}
