package main

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math"
)

// pictures draws the app's icon in the sizes that phones ask for: the mark on an ink ground.
func pictures(_, _ string, out files) error {
	for _, size := range []int{180, 192, 512} {
		var buffer bytes.Buffer
		if err := png.Encode(&buffer, mark(size)); err != nil {
			return err
		}
		out[fmt.Sprintf("icon-%d.png", size)] = buffer.Bytes()
	}
	return nil
}

const samples = 4 // a side, for smooth edges

func mark(size int) image.Image {
	ground, ink := color.RGBA{27, 30, 38, 255}, color.RGBA{250, 250, 252, 255}
	picture := image.NewRGBA(image.Rect(0, 0, size, size))
	for y := range size {
		for x := range size {
			cover := 0.0
			for n := range samples * samples {
				// The mark's own grid is 16 wide; it takes 10 of 24 parts of the icon, in the middle.
				px := (float64(x)+(float64(n%samples)+.5)/samples)/float64(size)*28 - 6
				py := (float64(y)+(float64(n/samples)+.5)/samples)/float64(size)*28 - 6
				cover += opacity(px, py) / (samples * samples)
			}
			picture.SetRGBA(x, y, color.RGBA{blend(ground.R, ink.R, cover), blend(ground.G, ink.G, cover), blend(ground.B, ink.B, cover), 255})
		}
	}
	return picture
}

// opacity of the mark at a point of its grid: the arch, the person, the table.
func opacity(x, y float64) float64 {
	fromCenter := math.Hypot(x-8, y-8)
	switch {
	case y <= 8 && fromCenter <= 6.5 && fromCenter >= 4, fromCenter <= 2:
		return 1
	case y >= 10 && y <= 13.8 && x >= 1.5 && x <= 14.5:
		return .42
	default:
		return 0
	}
}

func blend(from, to uint8, part float64) uint8 {
	return uint8(math.Round(float64(from) + (float64(to)-float64(from))*part))
}
