// Package shim hands out the provider that upstream keeps in an internal package.
package shim

import (
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/schema"
	"github.com/terraform-providers/terraform-provider-docker/internal/provider"
)

// NewProvider returns the kreuzwerker docker provider that reports the given version.
func NewProvider(version string) *schema.Provider {
	return provider.New(version)()
}
