package blob

import (
	"bytes"
	"context"
	"image"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"

	"golang.org/x/image/draw"
	"golang.org/x/image/webp"

	"github.com/musterhq/muster/internal/kernel/problem"
)

// Limits bound what is taken as a picture and what is kept of it.
type Limits struct {
	Bytes  int64 // of the upload
	Pixels int   // of the picture, asked before it is decoded: a small file can unpack to gigabytes
	Side   int   // pixels of the longer side that is kept
	Thumb  int   // pixels of the width of the small version
}

// DefaultLimits are those for pictures in rooms and updates.
var DefaultLimits = Limits{Bytes: 10 << 20, Pixels: 40_000_000, Side: 2560, Thumb: 704}

// Encoded is one version of a picture, with no metadata of its source.
type Encoded struct {
	Bytes         []byte
	ContentType   string // image/png or image/jpeg
	Extension     string // ".png" or ".jpg"
	Width, Height int    // pixels
}

// Picture is an uploaded picture as it is kept: upright, clean, in two sizes.
type Picture struct {
	Full, Thumb Encoded
}

// Stored says where the two versions of a picture lie.
type Stored struct {
	Key, ThumbKey           string
	ContentType             string // of the full version
	Width, Height           int    // pixels of the full version
	ThumbWidth, ThumbHeight int
	Size                    int64 // bytes of the full version
}

type format struct {
	magic    string
	size     func(io.Reader) (image.Config, error)
	decode   func(io.Reader) (image.Image, error)
	lossless bool
}

// formats are the only decoders that an upload can reach; of a moving GIF the first frame is kept.
var formats = []format{
	{"\x89PNG\r\n\x1a\n", png.DecodeConfig, png.Decode, true},
	{"\xff\xd8\xff", jpeg.DecodeConfig, jpeg.Decode, false},
	{"GIF8", gif.DecodeConfig, gif.Decode, true},
	{"RIFF????WEBP", webp.DecodeConfig, webp.Decode, false},
}

// decoding lets one picture at a time be unpacked, since each may take some hundred megabytes.
var decoding = make(chan struct{}, 1)

// NewPicture reads an upload, decides its type by its bytes, and returns it decoded and encoded anew; problems are about the field "file".
func NewPicture(ctx context.Context, r io.Reader, limits Limits) (Picture, error) {
	upload, err := io.ReadAll(io.LimitReader(r, limits.Bytes+1))
	if err != nil {
		return Picture{}, problem.Field("file", "file_unreadable", "The picture did not arrive whole. Try again.").Because(err)
	}
	if int64(len(upload)) > limits.Bytes {
		tooLarge := problem.New(problem.TooLarge, "file_too_large", "The picture is larger than %d MB. Choose a smaller one.", limits.Bytes>>20)
		tooLarge.Field = "file"
		return Picture{}, tooLarge
	}
	kind, ok := sniff(upload)
	if !ok {
		return Picture{}, problem.Field("file", "file_type", "This is not a PNG, JPEG, GIF or WebP picture.")
	}
	config, err := kind.size(bytes.NewReader(upload))
	if err != nil || config.Width <= 0 || config.Height <= 0 {
		return Picture{}, broken(err)
	}
	if config.Width > limits.Pixels/config.Height {
		return Picture{}, problem.Field("file", "picture_too_large", "The picture has %d × %d pixels; at most %d million are taken.", config.Width, config.Height, limits.Pixels/1_000_000)
	}
	select {
	case decoding <- struct{}{}:
		defer func() { <-decoding }()
	case <-ctx.Done():
		return Picture{}, context.Cause(ctx)
	}
	decoded, err := kind.decode(bytes.NewReader(upload))
	if err != nil || decoded.Bounds().Empty() {
		return Picture{}, broken(err)
	}
	return render(decoded, kind.lossless, orientation(upload), limits)
}

func broken(err error) error {
	return problem.Field("file", "picture_broken", "The picture cannot be read; it seems to be damaged.").Because(err)
}

func sniff(upload []byte) (format, bool) {
	for _, f := range formats {
		if len(upload) < len(f.magic) {
			continue
		}
		fits := true
		for n := range len(f.magic) {
			fits = fits && (f.magic[n] == '?' || f.magic[n] == upload[n])
		}
		if fits {
			return f, true
		}
	}
	return format{}, false
}

func render(decoded image.Image, lossless bool, turned int, limits Limits) (Picture, error) {
	width, height := decoded.Bounds().Dx(), decoded.Bounds().Dy()
	if longer := max(width, height); longer > limits.Side {
		width, height = max(1, width*limits.Side/longer), max(1, height*limits.Side/longer)
	}
	full := upright(scale(decoded, width, height), turned)
	thumb := full
	if width := full.Bounds().Dx(); width > limits.Thumb {
		thumb = scale(full, limits.Thumb, max(1, full.Bounds().Dy()*limits.Thumb/width))
	}
	var picture Picture
	var err error
	if picture.Full, err = encode(full, lossless || !full.Opaque()); err != nil {
		return Picture{}, err
	}
	picture.Thumb, err = encode(thumb, !full.Opaque())
	return picture, err
}

// scale copies the picture into plain pixels of the given size, which leaves palettes, profiles and metadata behind.
// It halves as long as it can and then takes one smaller step: halving is an exact average of four pixels, and unlike
// the better kernels of x/image it needs no buffer of hundreds of megabytes.
func scale(src image.Image, width, height int) *image.RGBA {
	for src.Bounds().Dx() >= 2*width && src.Bounds().Dy() >= 2*height {
		half := image.NewRGBA(image.Rect(0, 0, src.Bounds().Dx()/2, src.Bounds().Dy()/2))
		draw.ApproxBiLinear.Scale(half, half.Bounds(), src, src.Bounds(), draw.Src, nil)
		src = half
	}
	dst := image.NewRGBA(image.Rect(0, 0, width, height))
	draw.ApproxBiLinear.Scale(dst, dst.Bounds(), src, src.Bounds(), draw.Src, nil)
	return dst
}

func encode(img *image.RGBA, lossless bool) (Encoded, error) {
	out := Encoded{Width: img.Bounds().Dx(), Height: img.Bounds().Dy(), ContentType: "image/jpeg", Extension: ".jpg"}
	var buffer bytes.Buffer
	var err error
	if lossless {
		out.ContentType, out.Extension = "image/png", ".png"
		err = png.Encode(&buffer, img)
	} else {
		err = jpeg.Encode(&buffer, img, &jpeg.Options{Quality: 86})
	}
	if err != nil {
		return Encoded{}, problem.New(problem.Internal, "picture_encode", "The picture could not be kept.").Because(err)
	}
	out.Bytes = buffer.Bytes()
	return out, nil
}

// Put keeps both versions of the picture under random keys in a folder of the store.
func (p Picture) Put(ctx context.Context, store Store, folder string) (Stored, error) {
	stored := Stored{
		Key: NewKey(folder, p.Full.Extension), ThumbKey: NewKey(folder, p.Thumb.Extension), ContentType: p.Full.ContentType,
		Width: p.Full.Width, Height: p.Full.Height, ThumbWidth: p.Thumb.Width, ThumbHeight: p.Thumb.Height, Size: int64(len(p.Full.Bytes)),
	}
	for key, version := range map[string]Encoded{stored.Key: p.Full, stored.ThumbKey: p.Thumb} {
		meta := Meta{ContentType: version.ContentType, Size: int64(len(version.Bytes))}
		if err := store.Put(ctx, key, bytes.NewReader(version.Bytes), meta); err != nil {
			return Stored{}, err
		}
	}
	return stored, nil
}
