module example.com/ssojet-gen/peers/oauth2-go

go 1.26.0

require golang.org/x/oauth2 v0.37.0
