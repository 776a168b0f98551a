package openpgp

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/ProtonMail/go-crypto/openpgp/packet"
)

// The packet types that this package distinguishes; RFC 9580 section 5.
const (
	tagSignature    = 2
	tagSecretKey    = 5
	tagPublicKey    = 6
	tagSecretSubkey = 7
	tagMarker       = 10
	tagUserID       = 13
	tagPublicSubkey = 14
	tagPadding      = 21
)

// errTooManyPackets means that the limit of splitPackets is exceeded.
var errTooManyPackets = errors.New("too many OpenPGP packets")

// splitPackets splits binary OpenPGP data into packets without parsing them. Above the
// limit it returns errTooManyPackets.
func splitPackets(data []byte, limit int) ([]*packet.OpaquePacket, error) {
	reader := packet.NewOpaqueReader(bytes.NewReader(data))
	var packets []*packet.OpaquePacket
	for {
		p, err := reader.Next()
		if errors.Is(err, io.EOF) {
			return packets, nil
		}
		if err != nil {
			return nil, fmt.Errorf("not OpenPGP data: %w", err)
		}
		if len(packets) == limit {
			return nil, errTooManyPackets
		}
		packets = append(packets, p)
	}
}

// joinPackets is the inverse of splitPackets, in one canonical encoding.
func joinPackets(packets []*packet.OpaquePacket) []byte {
	var out bytes.Buffer
	for _, p := range packets {
		// Writes to a bytes.Buffer never fail.
		_ = p.Serialize(&out)
	}
	return out.Bytes()
}

// parseAs parses a packet as P. It returns false for another type or an unknown form.
func parseAs[P packet.Packet](p *packet.OpaquePacket) (P, bool) {
	parsed, err := p.Parse()
	if err != nil {
		var none P
		return none, false
	}
	wanted, ok := parsed.(P)
	return wanted, ok
}
