package app

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"io"
	"math"

	"golang.org/x/image/vector"
)

// The size of the chart, in pixels, and its margin.
const (
	chartWidth  = 1200
	chartHeight = 520
	chartMargin = 40
)

// chart draws failed payments over an hour: hardly any, and then many at once.
func chart() (io.Reader, error) {
	picture := image.NewRGBA(image.Rect(0, 0, chartWidth, chartHeight))
	fill(picture, picture.Bounds(), color.RGBA{255, 255, 255, 255})
	const lines = 5
	for n := range lines {
		y := chartMargin + n*(chartHeight-2*chartMargin)/(lines-1)
		fill(picture, image.Rect(chartMargin, y, chartWidth-chartMargin, y+1), color.RGBA{226, 228, 233, 255})
	}
	const minutes = 60
	var points [minutes][2]float32
	for n := range points {
		// Made up, and the same each time: a low hum, a step, and a ragged plateau.
		height := 0.02 + 0.01*math.Sin(float64(n)*1.7)
		if n >= 41 {
			height = 0.78 + 0.06*math.Sin(float64(n)*2.3) + 0.04*math.Sin(float64(n)*5.1)
		}
		points[n] = [2]float32{
			chartMargin + float32(n)*(chartWidth-2*chartMargin)/(minutes-1),
			chartHeight - chartMargin - float32(height)*(chartHeight-2*chartMargin),
		}
	}
	area := vector.NewRasterizer(chartWidth, chartHeight)
	area.MoveTo(points[0][0], chartHeight-chartMargin)
	for _, p := range points {
		area.LineTo(p[0], p[1])
	}
	area.LineTo(points[minutes-1][0], chartHeight-chartMargin)
	area.ClosePath()
	area.Draw(picture, picture.Bounds(), image.NewUniform(color.NRGBA{214, 64, 69, 48}), image.Point{})

	line := vector.NewRasterizer(chartWidth, chartHeight)
	for n := 1; n < minutes; n++ {
		stroke(line, points[n-1], points[n])
	}
	line.Draw(picture, picture.Bounds(), image.NewUniform(color.RGBA{200, 48, 54, 255}), image.Point{})

	var encoded bytes.Buffer
	if err := png.Encode(&encoded, picture); err != nil {
		return nil, fmt.Errorf("draw the chart: %w", err)
	}
	return &encoded, nil
}

func fill(picture draw.Image, where image.Rectangle, with color.Color) {
	draw.Draw(picture, where, image.NewUniform(with), image.Point{}, draw.Src)
}

// stroke adds a line of 4 pixels from a to b.
func stroke(to *vector.Rasterizer, a, b [2]float32) {
	dx, dy := float64(b[0]-a[0]), float64(b[1]-a[1])
	length := math.Hypot(dx, dy)
	x, y := float32(-dy/length*2), float32(dx/length*2)
	to.MoveTo(a[0]+x, a[1]+y)
	to.LineTo(b[0]+x, b[1]+y)
	to.LineTo(b[0]-x, b[1]-y)
	to.LineTo(a[0]-x, a[1]-y)
	to.ClosePath()
}
