// Copyright: (c) 2026, openclaw.kubernetes contributors
// GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-License-Identifier: GPL-3.0-or-later

package main

import (
	"context"

	"github.com/container-storage-interface/spec/lib/go/csi"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/sig-storage-lib-external-provisioner/v13/controller"
)

// provisioner makes a PersistentVolume for each claim of a class of this driver.
type provisioner struct{ driver *driver }

func (p *provisioner) Provision(ctx context.Context, options controller.ProvisionOptions) (*corev1.PersistentVolume, controller.ProvisioningState, error) {
	wanted := options.PVC.Spec.Resources.Requests[corev1.ResourceStorage]
	created, err := p.driver.CreateVolume(ctx, &csi.CreateVolumeRequest{
		Name:          options.PVName,
		CapacityRange: &csi.CapacityRange{RequiredBytes: wanted.Value()},
		Parameters:    options.StorageClass.Parameters,
	})
	if err != nil {
		return nil, controller.ProvisioningFinished, err
	}
	capacity := wanted
	if created.Volume.CapacityBytes > wanted.Value() {
		capacity = *resource.NewQuantity(created.Volume.CapacityBytes, resource.BinarySI)
	}
	return &corev1.PersistentVolume{
		ObjectMeta: metav1.ObjectMeta{Name: options.PVName},
		Spec: corev1.PersistentVolumeSpec{
			AccessModes:                   options.PVC.Spec.AccessModes,
			Capacity:                      corev1.ResourceList{corev1.ResourceStorage: capacity},
			MountOptions:                  options.StorageClass.MountOptions,
			PersistentVolumeReclaimPolicy: *options.StorageClass.ReclaimPolicy,
			PersistentVolumeSource: corev1.PersistentVolumeSource{CSI: &corev1.CSIPersistentVolumeSource{
				Driver:       p.driver.name,
				VolumeHandle: created.Volume.VolumeId,
				FSType:       options.StorageClass.Parameters["filesystem"],
			}},
		},
	}, controller.ProvisioningFinished, nil
}

func (p *provisioner) Delete(ctx context.Context, volume *corev1.PersistentVolume) error {
	_, err := p.driver.DeleteVolume(ctx, &csi.DeleteVolumeRequest{VolumeId: volume.Spec.CSI.VolumeHandle})
	return err
}
