package main

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"os"
	"strings"

	"golang.org/x/term"
	"rsc.io/qr"

	"github.com/musterhq/muster/internal/app/config"
)

// greet prints where Muster is and how to get in.
func (p *program) greet(ctx context.Context, cfg *config.Config, demo bool) error {
	link, err := p.wayIn(ctx, cfg, demo)
	fmt.Fprintf(p.stdout, "\nMuster runs at\n\n    %s\n", cfg.URL)
	if link != "" {
		fmt.Fprintf(p.stdout, "\nSign in with this link; it works once.\n\n    %s\n", link)
	}
	near := lanAddresses(cfg.Listen, interfaceAddresses())
	if len(near) > 0 {
		fmt.Fprint(p.stdout, "\nIn your network\n\n")
		base := ""
		for i, address := range near {
			url := strings.SplitN(cfg.URL, "://", 2)[0] + "://" + address.String()
			if i == 0 {
				base = url
			}
			fmt.Fprintf(p.stdout, "    %s\n", url)
		}
		if file, ok := p.stdout.(*os.File); ok && term.IsTerminal(int(file.Fd())) {
			// A link of its own, because the one above is spent by whoever is first.
			code := base
			if second, err := p.wayIn(ctx, cfg, demo); err == nil && second != "" {
				code = base + strings.TrimPrefix(second, cfg.URL)
			}
			if picture, err := halfBlocks(code); err == nil {
				fmt.Fprintf(p.stdout, "\nScan to open it on a phone (Push and passkeys need https)\n\n%s", picture)
			}
		}
	}
	fmt.Fprintln(p.stdout)
	return err
}

// wayIn is a link that signs in: to the demo organisation, or to the set-up of a Muster without accounts.
func (p *program) wayIn(ctx context.Context, cfg *config.Config, demo bool) (string, error) {
	if demo {
		return p.demoLink(ctx, cfg)
	}
	if p.product.welcome == nil {
		return "", nil
	}
	return p.product.welcome(ctx, cfg)
}

func interfaceAddresses() []netip.Addr {
	found, err := net.InterfaceAddrs()
	if err != nil {
		return nil
	}
	var addresses []netip.Addr
	for _, address := range found {
		if prefix, err := netip.ParsePrefix(address.String()); err == nil {
			addresses = append(addresses, prefix.Addr())
		}
	}
	return addresses
}

// lanAddresses are the addresses that others in the local network can type, when Muster listens for them.
func lanAddresses(listen string, addresses []netip.Addr) []netip.AddrPort {
	bound, err := netip.ParseAddrPort(listen)
	if err != nil || !bound.Addr().IsUnspecified() {
		return nil
	}
	var near []netip.AddrPort
	for _, address := range addresses {
		if address.Is4() && address.IsPrivate() {
			near = append(near, netip.AddrPortFrom(address, bound.Port()))
		}
	}
	return near
}

// halfBlocks draws a QR code for a terminal, two rows of squares to a line of text.
func halfBlocks(text string) (string, error) {
	code, err := qr.Encode(text, qr.L)
	if err != nil {
		return "", fmt.Errorf("draw a QR code: %w", err)
	}
	const quiet = 2
	var picture strings.Builder
	for y := -quiet; y < code.Size+quiet; y += 2 {
		picture.WriteString("    \x1b[30;107m")
		for x := -quiet; x < code.Size+quiet; x++ {
			switch upper, lower := code.Black(x, y), code.Black(x, y+1); {
			case upper && lower:
				picture.WriteRune('█')
			case upper:
				picture.WriteRune('▀')
			case lower:
				picture.WriteRune('▄')
			default:
				picture.WriteByte(' ')
			}
		}
		picture.WriteString("\x1b[0m\n")
	}
	return picture.String(), nil
}
