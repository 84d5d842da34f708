package httpx

import "net/netip"

// inner are the address ranges that are not the public internet: an address in them leads into the operator's own network.
// The list follows the IANA special-purpose registries (RFC 6890) and adds the metadata address of one cloud that is a public one.
var inner = parsePrefixes(
	"0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24",
	"192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
	"168.63.129.16/32",
	"::/96", "64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32", "3fff::/20", "5f00::/16", "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8",
)

var (
	nat64   = netip.MustParsePrefix("64:ff9b::/96")
	sixToV4 = netip.MustParsePrefix("2002::/16")
)

func parsePrefixes(texts ...string) []netip.Prefix {
	out := make([]netip.Prefix, len(texts))
	for n, text := range texts {
		out[n] = netip.MustParsePrefix(text)
	}
	return out
}

// Public reports whether the address belongs to the public internet; IPv4 addresses wrapped in IPv6 ones count as what they wrap.
func Public(addr netip.Addr) bool {
	addr = unwrap(addr)
	return addr.IsValid() && !within(addr, inner)
}

// unwrap returns the IPv4 address behind an IPv4-mapped, NAT64 or 6to4 address, and any other address without its zone.
func unwrap(addr netip.Addr) netip.Addr {
	addr = addr.WithZone("").Unmap()
	bytes := addr.As16()
	switch {
	case addr.Is4():
		return addr
	case nat64.Contains(addr):
		return netip.AddrFrom4([4]byte(bytes[12:16]))
	case sixToV4.Contains(addr):
		return netip.AddrFrom4([4]byte(bytes[2:6]))
	}
	return addr
}

func within(addr netip.Addr, prefixes []netip.Prefix) bool {
	for _, prefix := range prefixes {
		if prefix.Contains(addr) {
			return true
		}
	}
	return false
}
