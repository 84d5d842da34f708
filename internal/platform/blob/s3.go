package blob

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"

	"github.com/musterhq/muster/internal/platform/httpx"
)

// Bucket says where blobs lie in S3-compatible storage.
type Bucket struct {
	Endpoint  string // "https://s3.eu-central-1.amazonaws.com", with http:// for storage in the own network
	Region    string // "us-east-1" when empty
	Name      string
	AccessKey string
	SecretKey string
	PathStyle bool // the bucket's name is in the path, as most self-hosted storage wants it
}

// S3 keeps blobs in a bucket of S3-compatible storage.
type S3 struct {
	client *minio.Client
	bucket string
	signed signed
}

// partSize bounds the memory for a blob of unknown size, in bytes; S3 takes no smaller parts.
const partSize = 5 << 20

// NewS3 returns a store in a bucket that exists; it does not connect yet.
func NewS3(b Bucket) (*S3, error) {
	endpoint, err := url.Parse(b.Endpoint)
	if err != nil || endpoint.Host == "" || (endpoint.Scheme != "https" && endpoint.Scheme != "http") {
		return nil, fmt.Errorf("S3 endpoint %q is no address such as https://s3.example.com", b.Endpoint)
	}
	if b.Region == "" {
		b.Region = "us-east-1"
	}
	lookup := minio.BucketLookupAuto
	if b.PathStyle {
		lookup = minio.BucketLookupPath
	}
	client, err := minio.New(endpoint.Host, &minio.Options{
		Creds:        credentials.NewStaticV4(b.AccessKey, b.SecretKey, ""),
		Secure:       endpoint.Scheme == "https",
		Region:       b.Region,
		BucketLookup: lookup,
		Transport:    httpx.TrustedClient(0).Transport,
		MaxRetries:   3,
	})
	if err != nil {
		return nil, fmt.Errorf("set up S3 storage: %w", err)
	}
	return &S3{client: client, bucket: b.Name}, nil
}

// Put writes a blob.
func (s *S3) Put(ctx context.Context, key string, r io.Reader, meta Meta) error {
	if err := checkKey(key); err != nil {
		return err
	}
	size := meta.Size
	if size == 0 {
		size = -1
	}
	_, err := s.client.PutObject(ctx, s.bucket, key, r, size, minio.PutObjectOptions{
		ContentType: meta.ContentType, ContentDisposition: disposition(meta), CacheControl: "private, immutable, max-age=3600", PartSize: partSize,
		UserMetadata: map[string]string{"Name": url.QueryEscape(meta.Name)},
	})
	if err != nil {
		return fmt.Errorf("write to S3: %w", err)
	}
	return nil
}

// Get opens a blob.
func (s *S3) Get(ctx context.Context, key string) (io.ReadCloser, Meta, error) {
	if err := checkKey(key); err != nil {
		return nil, Meta{}, err
	}
	object, err := s.client.GetObject(ctx, s.bucket, key, minio.GetObjectOptions{})
	if err != nil {
		return nil, Meta{}, missingOr(err)
	}
	info, err := object.Stat()
	if err != nil {
		_ = object.Close() // the error of Stat says more
		return nil, Meta{}, missingOr(err)
	}
	name, _ := url.QueryUnescape(info.UserMetadata["Name"])
	return object, Meta{ContentType: info.ContentType, Name: name, Size: info.Size}, nil
}

func missingOr(err error) error {
	if answer := minio.ToErrorResponse(err); answer.Code == minio.NoSuchKey || answer.StatusCode == http.StatusNotFound && answer.Code != minio.NoSuchBucket {
		return errMissing
	}
	return fmt.Errorf("read from S3: %w", err)
}

// Delete removes a blob.
func (s *S3) Delete(ctx context.Context, key string) error {
	if err := checkKey(key); err != nil {
		return nil
	}
	if err := s.client.RemoveObject(ctx, s.bucket, key, minio.RemoveObjectOptions{}); err != nil {
		return fmt.Errorf("delete from S3: %w", err)
	}
	return nil
}

// SignedURL returns an address at the storage itself, good for ttl at least. It stays the same for a while, so that
// browsers keep what they loaded.
func (s *S3) SignedURL(ctx context.Context, key string, ttl time.Duration) (string, error) {
	if err := checkKey(key); err != nil {
		return "", err
	}
	return s.signed.address(key, ttl, time.Now(), func() (string, error) {
		signed, err := s.client.PresignedGetObject(ctx, s.bucket, key, 2*ttl, nil)
		if err != nil {
			return "", fmt.Errorf("sign an S3 address: %w", err)
		}
		return signed.String(), nil
	})
}

// Origin returns the origin of signed addresses ("https://bucket.s3.example.com"), which pages must be allowed to load pictures from.
func (s *S3) Origin(ctx context.Context) (string, error) {
	signed, err := s.client.PresignedGetObject(ctx, s.bucket, "origin", time.Minute, nil)
	if err != nil {
		return "", fmt.Errorf("find the origin of S3 addresses: %w", err)
	}
	return signed.Scheme + "://" + signed.Host, nil
}
