// Copyright: (c) 2026, openclaw.kubernetes contributors
// GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-License-Identifier: GPL-3.0-or-later

// Command netpol runs upstream's NetworkPolicy conformance specs ("Netpol") and nothing else.
// Upstream's own e2e.test holds every suite of Kubernetes and takes minutes to compile.
package main

import (
	"flag"
	"log"
	"os"

	"github.com/onsi/ginkgo/v2"
	"github.com/onsi/gomega"
	_ "k8s.io/component-base/logs/testinit" // logging flags
	"k8s.io/kubernetes/test/e2e/framework"
	"k8s.io/kubernetes/test/e2e/framework/config"
	_ "k8s.io/kubernetes/test/e2e/framework/debug/init" // dumps events of a failed spec's namespace
	_ "k8s.io/kubernetes/test/e2e/network/netpol"       // the specs
)

// failure remembers that a spec failed; ginkgo wants something that looks like *testing.T.
type failure struct{ seen bool }

func (f *failure) Fail() { f.seen = true }

func main() {
	log.SetFlags(0)
	config.CopyFlags(config.Flags, flag.CommandLine)
	framework.RegisterCommonFlags(flag.CommandLine)
	framework.RegisterClusterFlags(flag.CommandLine)
	flag.Parse()
	if flag.NArg() > 0 {
		log.Fatalf("netpol: unknown arguments: %q", flag.Args())
	}
	framework.AfterReadingAllFlags(&framework.TestContext)
	gomega.RegisterFailHandler(framework.Fail)

	var failed failure
	suite, reporter := framework.CreateGinkgoConfig()
	if !ginkgo.RunSpecs(&failed, "NetworkPolicy", suite, reporter) || failed.seen {
		os.Exit(1)
	}
}
