// Pins Istio's API definitions; go.sum holds their checksums. Only .proto files and CRDs are read, no Go code is built.
module amime.dev/api

go 1.21

require istio.io/api v1.31.1
