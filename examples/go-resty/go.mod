module example.com/orders

go 1.25.0

require github.com/go-resty/resty/v2 v2.17.2

require golang.org/x/net v0.58.0 // indirect
