package blob

import (
	"bytes"
	"encoding/binary"
	"image"
)

// Orientations of EXIF (tag 0x0112): how a stored picture must be turned to stand upright.
const (
	asIs           = 1
	orientationTag = 0x0112
)

// orientation reads the EXIF orientation of a JPEG; everything that is odd or missing counts as upright.
func orientation(upload []byte) int {
	if !bytes.HasPrefix(upload, []byte{0xff, 0xd8}) {
		return asIs
	}
	for rest := upload[2:]; len(rest) >= 4 && rest[0] == 0xff; {
		marker, size := rest[1], int(binary.BigEndian.Uint16(rest[2:]))
		if marker == 0xda || size < 2 || len(rest) < 2+size { // 0xda begins the pixels
			return asIs
		}
		if segment := rest[4 : 2+size]; marker == 0xe1 && bytes.HasPrefix(segment, []byte("Exif\x00\x00")) {
			return tiffOrientation(segment[6:])
		}
		rest = rest[2+size:]
	}
	return asIs
}

func tiffOrientation(tiff []byte) int {
	if len(tiff) < 8 {
		return asIs
	}
	var order binary.ByteOrder = binary.BigEndian
	if string(tiff[:2]) == "II" {
		order = binary.LittleEndian
	}
	start := int64(order.Uint32(tiff[4:]))
	if start+2 > int64(len(tiff)) {
		return asIs
	}
	directory := tiff[start:]
	count := int(order.Uint16(directory))
	for entry := directory[2:]; count > 0 && len(entry) >= 12; count, entry = count-1, entry[12:] {
		if order.Uint16(entry) == orientationTag {
			if value := int(order.Uint16(entry[8:])); value >= 1 && value <= 8 {
				return value
			}
			return asIs
		}
	}
	return asIs
}

// upright turns and mirrors the picture as its orientation says.
func upright(src *image.RGBA, turned int) *image.RGBA {
	if turned == asIs {
		return src
	}
	w, h := src.Bounds().Dx(), src.Bounds().Dy()
	dst := image.NewRGBA(image.Rect(0, 0, w, h))
	if turned >= 5 { // lies on its side
		dst = image.NewRGBA(image.Rect(0, 0, h, w))
	}
	for y := range h {
		for x := range w {
			toX, toY := turn(x, y, w, h, turned)
			copy(dst.Pix[dst.PixOffset(toX, toY):][:4], src.Pix[src.PixOffset(x, y):][:4])
		}
	}
	return dst
}

// turn returns where a pixel of a picture of w by h goes.
func turn(x, y, w, h, turned int) (int, int) {
	switch turned {
	case 2:
		return w - 1 - x, y
	case 3:
		return w - 1 - x, h - 1 - y
	case 4:
		return x, h - 1 - y
	case 5:
		return y, x
	case 6:
		return h - 1 - y, x
	case 7:
		return h - 1 - y, w - 1 - x
	case 8:
		return y, w - 1 - x
	}
	return x, y
}
