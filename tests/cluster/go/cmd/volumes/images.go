// Copyright: (c) 2026, openclaw.kubernetes contributors
// GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-License-Identifier: GPL-3.0-or-later

package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// images are the volumes as files: <folder>/<volume>.img.
type images struct{ folder string }

// smallest holds the filesystems on offer and the least size that their mkfs accepts.
var smallest = map[string]int64{
	"ext4": 8 << 20,
	"xfs":  300 << 20,
}

func (i images) path(volume string) string {
	return filepath.Join(i.folder, volume+".img")
}

// create makes a formatted image, unless it exists, and returns its size.
func (i images) create(volume, filesystem string, size int64) (int64, error) {
	size = max(size, smallest[filesystem])
	path := i.path(volume)
	if status, err := os.Stat(path); err == nil {
		return status.Size(), nil
	}
	// Formatted under another name: an interrupted mkfs leaves no volume behind.
	unfinished := path + ".unfinished"
	if err := os.WriteFile(unfinished, nil, 0o600); err != nil {
		return 0, err
	}
	if err := os.Truncate(unfinished, size); err != nil {
		return 0, err
	}
	format := []string{"mkfs.ext4", "-q", "-F", "-m", "0", unfinished}
	if filesystem == "xfs" {
		format = []string{"mkfs.xfs", "-q", "-f", unfinished}
	}
	if _, err := command(format...); err != nil {
		return 0, err
	}
	return size, os.Rename(unfinished, path)
}

// grow enlarges the image; the filesystem follows on the node.
func (i images) grow(volume string, size int64) error {
	status, err := os.Stat(i.path(volume))
	if err != nil {
		return err
	}
	if status.Size() >= size {
		return nil
	}
	return os.Truncate(i.path(volume), size)
}

func (i images) remove(volume string) error {
	if err := os.Remove(i.path(volume)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// device returns the loop device of a volume; empty when it has none.
func (i images) device(volume string) (string, error) {
	output, err := command("losetup", "--associated", i.path(volume), "--noheadings", "--output", "NAME")
	if err != nil {
		return "", err
	}
	device, _, _ := strings.Cut(output, "\n")
	return strings.TrimSpace(device), nil
}

// attach returns the loop device of a volume, and makes it if there is none.
func (i images) attach(volume string) (string, error) {
	if device, err := i.device(volume); err != nil || device != "" {
		return device, err
	}
	return command("losetup", "--find", "--show", i.path(volume))
}

func (i images) detach(volume string) error {
	device, err := i.device(volume)
	if err != nil || device == "" {
		return err
	}
	_, err = command("losetup", "--detach", device)
	return err
}

func mounted(path string) bool {
	return exec.Command("mountpoint", "--quiet", path).Run() == nil
}

// mount mounts once; a mount that is there already is left alone.
func mount(target string, arguments ...string) error {
	if err := os.MkdirAll(target, 0o750); err != nil {
		return err
	}
	if mounted(target) {
		return nil
	}
	_, err := command(append([]string{"mount"}, append(arguments, target)...)...)
	return err
}

func unmount(target string) error {
	if !mounted(target) {
		return nil
	}
	_, err := command("umount", target)
	return err
}

// command runs a program and returns its trimmed output; the error holds what it complained about.
func command(words ...string) (string, error) {
	var output, complaint bytes.Buffer
	process := exec.Command(words[0], words[1:]...)
	process.Stdout, process.Stderr = &output, &complaint
	if err := process.Run(); err != nil {
		return "", fmt.Errorf("%s: %w: %s", strings.Join(words, " "), err, strings.TrimSpace(complaint.String()))
	}
	return strings.TrimSpace(output.String()), nil
}
