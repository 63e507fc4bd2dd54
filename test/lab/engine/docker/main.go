// Command pulumi-resource-docker is the lab's docker plugin: the provider code that the released plugin of @pulumi/docker
// bridges too, behind the same tokens and property names, without that plugin's own extra (building images).
package main

import (
	"context"

	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge"
	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge/tokens"
	shimv2 "github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfshim/sdk-v2"
	"github.com/terraform-providers/terraform-provider-docker/shim"
)

// The release of the npm package @pulumi/docker whose names this plugin speaks.
const version = "5.2.0"

func main() {
	// A schema without resources is enough for a Node.js program: it brings its own types.
	schema := []byte(`{"name": "docker", "version": "` + version + `"}`)
	tfbridge.Main("docker", version, provider(), schema)
}

// provider names by hand what the released plugin names by hand; the rest follows the bridge's own rules.
func provider() tfbridge.ProviderInfo {
	info := tfbridge.ProviderInfo{
		P:       shimv2.NewProvider(shim.NewProvider(version)),
		Name:    "docker",
		Version: version,
		Config: map[string]*tfbridge.SchemaInfo{
			"host": {Default: &tfbridge.DefaultInfo{EnvVars: []string{"DOCKER_HOST"}, ComputeDefault: localEngine}},
			// A list, though its name is singular.
			"registry_auth": {Name: "registryAuth", MaxItemsOne: tfbridge.False()},
		},
		Resources: map[string]*tfbridge.ResourceInfo{
			"docker_config": {Tok: tfbridge.MakeResource("docker", "index", "ServiceConfig")},
			"docker_container": {
				Tok: tfbridge.MakeResource("docker", "index", "Container"),
				// A fixed name or a published port cannot be held twice. A program overrides it: deleteBeforeReplace: false.
				DeleteBeforeReplace: true,
				Fields: map[string]*tfbridge.SchemaInfo{
					"command":           {Name: "command"},
					"networks_advanced": {Name: "networksAdvanced"},
				},
			},
			"docker_image": {
				Tok: tfbridge.MakeResource("docker", "index", "RemoteImage"),
				// The image to pull, not a name to make up.
				Fields: map[string]*tfbridge.SchemaInfo{"name": {Name: "name"}},
			},
		},
		DataSources: map[string]*tfbridge.DataSourceInfo{
			"docker_image": {Tok: tfbridge.MakeDataSource("docker", "index", "getRemoteImage")},
		},
	}
	info.MustComputeTokens(tokens.SingleModule("docker_", "index", tokens.MakeStandard("docker")))
	info.SetAutonaming(255, "-")
	return info
}

func localEngine(context.Context, tfbridge.ComputeDefaultOptions) (interface{}, error) {
	return "unix:///var/run/docker.sock", nil
}
