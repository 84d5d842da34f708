package blob

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"
	"strings"
	"testing"

	"github.com/musterhq/muster/internal/kernel/problem"
)

// marked is a picture with a red corner at the top left, so that turns can be seen.
func marked(w, h int) *image.NRGBA {
	img := image.NewNRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			shade := color.NRGBA{R: 20, G: 60, B: 200, A: 255}
			if x < w/4 && y < h/4 {
				shade = color.NRGBA{R: 255, A: 255}
			}
			img.SetNRGBA(x, y, shade)
		}
	}
	return img
}

func pngOf(img image.Image) []byte {
	var out bytes.Buffer
	_ = png.Encode(&out, img)
	return out.Bytes()
}

func jpegOf(img image.Image) []byte {
	var out bytes.Buffer
	_ = jpeg.Encode(&out, img, nil)
	return out.Bytes()
}

// turnedJPEG puts EXIF data with an orientation and a secret into a JPEG.
func turnedJPEG(img image.Image, turned uint16) []byte {
	tiff := []byte("II*\x00\x08\x00\x00\x00\x01\x00\x12\x01\x03\x00\x01\x00\x00\x00")
	tiff = binary.LittleEndian.AppendUint16(tiff, turned)
	segment := append([]byte("Exif\x00\x00"), append(tiff, "\x00\x00\x00\x00\x00\x00GPS of home"...)...)
	plain := jpegOf(img)
	out := append([]byte{0xff, 0xd8, 0xff, 0xe1}, binary.BigEndian.AppendUint16(nil, uint16(len(segment)+2))...)
	return append(append(out, segment...), plain[2:]...)
}

// hugePNG claims a size that its few bytes do not have.
func hugePNG(w, h uint32) []byte {
	header := append([]byte("IHDR"), binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, w), h)...)
	header = append(header, 8, 6, 0, 0, 0)
	out := append([]byte("\x89PNG\r\n\x1a\n\x00\x00\x00\x0d"), header...)
	return binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(header))
}

func TestPictureIsTurnedUprightAndLosesItsMetadata(t *testing.T) {
	// Where the red corner of the stored picture stands after the turn: EXIF 2.32, table of the tag Orientation.
	for turned, corner := range map[uint16]string{1: "top left", 2: "top right", 3: "bottom right", 4: "bottom left", 5: "top left", 6: "top right", 7: "bottom right", 8: "bottom left", 99: "top left"} {
		picture, err := NewPicture(t.Context(), bytes.NewReader(turnedJPEG(marked(80, 40), turned)), DefaultLimits)
		if err != nil {
			t.Fatal(err)
		}
		if w, h := picture.Full.Width, picture.Full.Height; (w < h) != (turned >= 5 && turned <= 8) {
			t.Errorf("orientation %d: %d × %d", turned, w, h)
		}
		if got := redCorner(t, picture.Full); got != corner {
			t.Errorf("orientation %d: the corner is %s, want %s", turned, got, corner)
		}
		if bytes.Contains(picture.Full.Bytes, []byte("Exif")) || bytes.Contains(picture.Full.Bytes, []byte("GPS")) {
			t.Errorf("orientation %d: metadata is left", turned)
		}
	}
}

func redCorner(t *testing.T, e Encoded) string {
	t.Helper()
	img, _, err := image.Decode(bytes.NewReader(e.Bytes))
	if err != nil {
		t.Fatal(err)
	}
	right, bottom := img.Bounds().Dx()-3, img.Bounds().Dy()-3
	for name, at := range map[string]image.Point{"top left": {2, 2}, "top right": {right, 2}, "bottom left": {2, bottom}, "bottom right": {right, bottom}} {
		if r, _, b, _ := img.At(at.X, at.Y).RGBA(); r > 0xc000 && b < 0x4000 {
			return name
		}
	}
	return "nowhere"
}

func TestPictureIsScaledAndKeepsItsShape(t *testing.T) {
	picture, err := NewPicture(t.Context(), bytes.NewReader(jpegOf(marked(3000, 1500))), DefaultLimits)
	if err != nil {
		t.Fatal(err)
	}
	if picture.Full.Width != 2560 || picture.Full.Height != 1280 || picture.Thumb.Width != 704 || picture.Thumb.Height != 352 {
		t.Errorf("full %d × %d, thumb %d × %d", picture.Full.Width, picture.Full.Height, picture.Thumb.Width, picture.Thumb.Height)
	}
	if redCorner(t, picture.Thumb) != "top left" {
		t.Error("the small version shows something else")
	}
	thin, err := NewPicture(t.Context(), bytes.NewReader(pngOf(marked(6000, 1))), DefaultLimits)
	if err != nil || thin.Full.Height != 1 || thin.Thumb.Height != 1 {
		t.Errorf("a line: %+v, %v", thin.Full.Height, err)
	}
}

func TestPictureTypes(t *testing.T) {
	see := marked(40, 40)
	see.SetNRGBA(20, 20, color.NRGBA{})
	var moving bytes.Buffer
	frame := image.NewPaletted(image.Rect(0, 0, 10, 10), color.Palette{color.Black, color.White})
	if err := gif.EncodeAll(&moving, &gif.GIF{Image: []*image.Paletted{frame, frame}, Delay: []int{1, 1}}); err != nil {
		t.Fatal(err)
	}
	// A lossy WebP of one pixel.
	webp := "RIFF\x24\x00\x00\x00WEBPVP8 \x18\x00\x00\x00\x30\x01\x00\x9d\x01\x2a\x01\x00\x01\x00\x02\x00\x34\x25\xa4\x00\x03\x70\x00\xfe\xfb\xfd\x50\x00"
	for name, c := range map[string]struct {
		upload      string
		full, thumb string
	}{
		"png": {string(pngOf(marked(40, 40))), "image/png", "image/jpeg"}, "png with holes": {string(pngOf(see)), "image/png", "image/png"},
		"jpeg": {string(jpegOf(see)), "image/jpeg", "image/jpeg"}, "gif": {moving.String(), "image/png", "image/jpeg"}, "webp": {webp, "image/jpeg", "image/jpeg"},
	} {
		picture, err := NewPicture(t.Context(), strings.NewReader(c.upload), DefaultLimits)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if picture.Full.ContentType != c.full || picture.Thumb.ContentType != c.thumb {
			t.Errorf("%s: full %s, thumb %s", name, picture.Full.ContentType, picture.Thumb.ContentType)
		}
	}
}

func TestUploadsThatAreNoPicturesAreRefused(t *testing.T) {
	limits := DefaultLimits
	limits.Bytes = 1 << 20
	for name, c := range map[string]struct{ upload, code string }{
		"nothing":             {"", "file_type"},
		"svg":                 {`<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>`, "file_type"},
		"html":                {"<!doctype html><script>alert(1)</script>", "file_type"},
		"pdf":                 {"%PDF-1.7", "file_type"},
		"half a png":          {string(pngOf(marked(40, 40))[:60]), "picture_broken"},
		"bytes after magic":   {"\xff\xd8\xffrubbish", "picture_broken"},
		"decompression bomb":  {string(hugePNG(100_000, 100_000)), "picture_too_large"},
		"size that overflows": {string(hugePNG(1<<31-1, 1<<31-1)), "picture_too_large"},
		"too many bytes":      {string(pngOf(marked(4, 4))) + strings.Repeat("x", 1<<20), "file_too_large"},
	} {
		_, err := NewPicture(t.Context(), strings.NewReader(c.upload), limits)
		all := problem.All(err)
		if len(all) != 1 || all[0].Field != "file" {
			t.Errorf("%s: %v, want a problem about the file", name, err)
			continue
		}
		if all[0].Code != c.code && name != "size that overflows" {
			t.Errorf("%s: code %s, want %s", name, all[0].Code, c.code)
		}
	}
}

func TestPictureInAStore(t *testing.T) {
	picture, err := NewPicture(t.Context(), bytes.NewReader(pngOf(marked(1000, 500))), DefaultLimits)
	if err != nil {
		t.Fatal(err)
	}
	for name, store := range stores(t) {
		stored, err := picture.Put(t.Context(), store, "pictures")
		if err != nil {
			t.Fatal(name, err)
		}
		for key, want := range map[string]Encoded{stored.Key: picture.Full, stored.ThumbKey: picture.Thumb} {
			rc, meta, err := store.Get(t.Context(), key)
			if err != nil {
				t.Fatal(name, err)
			}
			got, _ := io.ReadAll(rc)
			rc.Close()
			if !bytes.Equal(got, want.Bytes) || meta.ContentType != want.ContentType {
				t.Errorf("%s: %s has %d bytes of %s", name, key, len(got), meta.ContentType)
			}
		}
	}
}

func FuzzNewPicture(f *testing.F) {
	for _, seed := range [][]byte{pngOf(marked(8, 8)), jpegOf(marked(8, 8)), turnedJPEG(marked(8, 4), 6), hugePNG(1<<20, 1<<20), []byte("GIF89a"), []byte("RIFF????WEBPVP8L")} {
		f.Add(seed)
	}
	limits := Limits{Bytes: 1 << 16, Pixels: 1 << 16, Side: 64, Thumb: 16}
	f.Fuzz(func(t *testing.T, upload []byte) {
		picture, err := NewPicture(t.Context(), bytes.NewReader(upload), limits)
		if err != nil {
			if all := problem.All(err); all[0].Field != "file" {
				t.Fatalf("not a problem about the file: %v", err)
			}
			return
		}
		for _, version := range []Encoded{picture.Full, picture.Thumb} {
			config, _, err := image.DecodeConfig(bytes.NewReader(version.Bytes))
			if err != nil || config.Width != version.Width || config.Height != version.Height || max(config.Width, config.Height) > limits.Side {
				t.Fatalf("kept %+v, %v", config, err)
			}
		}
	})
}
