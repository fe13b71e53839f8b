// Copyright: (c) 2026, openclaw.kubernetes contributors
// GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-License-Identifier: GPL-3.0-or-later

package main

import (
	"context"
	"encoding/json"
	"log"
	"time"

	"github.com/container-storage-interface/spec/lib/go/csi"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/cache"
)

// A claim whose growth failed is looked at again after this long.
const lookAgain = 10 * time.Second

// watchSizes starts growing volumes whose claim asks for more than it has, and returns.
func watchSizes(ctx context.Context, client kubernetes.Interface, driver *driver) error {
	factory := informers.NewSharedInformerFactory(client, lookAgain)
	consider := func(entry any) {
		claim, ok := entry.(*corev1.PersistentVolumeClaim)
		if !ok {
			return
		}
		if err := grow(ctx, client, driver, claim); err != nil {
			log.Printf("cannot grow %s/%s: %v", claim.Namespace, claim.Name, err)
		}
	}
	_, err := factory.Core().V1().PersistentVolumeClaims().Informer().AddEventHandler(cache.ResourceEventHandlerFuncs{
		AddFunc:    consider,
		UpdateFunc: func(_, entry any) { consider(entry) },
	})
	if err != nil {
		return err
	}
	factory.Start(ctx.Done())
	return nil
}

// grow does the controller's half of an expansion: image and PersistentVolume. The status it leaves on the claim makes
// the kubelet do the other half, the filesystem.
func grow(ctx context.Context, client kubernetes.Interface, driver *driver, claim *corev1.PersistentVolumeClaim) error {
	wanted, has := claim.Spec.Resources.Requests[corev1.ResourceStorage], claim.Status.Capacity[corev1.ResourceStorage]
	if claim.Status.Phase != corev1.ClaimBound || wanted.Cmp(has) <= 0 {
		return nil
	}
	volume, err := client.CoreV1().PersistentVolumes().Get(ctx, claim.Spec.VolumeName, metav1.GetOptions{})
	if err != nil {
		return err
	}
	capacity := volume.Spec.Capacity[corev1.ResourceStorage]
	if volume.Spec.CSI == nil || volume.Spec.CSI.Driver != driver.name || capacity.Cmp(wanted) >= 0 {
		return nil
	}
	if _, err := driver.ControllerExpandVolume(ctx, &csi.ControllerExpandVolumeRequest{
		VolumeId:      volume.Spec.CSI.VolumeHandle,
		CapacityRange: &csi.CapacityRange{RequiredBytes: wanted.Value()},
	}); err != nil {
		return err
	}
	size := map[corev1.ResourceName]resource.Quantity{corev1.ResourceStorage: wanted}
	patch, err := json.Marshal(map[string]any{"spec": map[string]any{"capacity": size}})
	if err != nil {
		return err
	}
	if _, err := client.CoreV1().PersistentVolumes().Patch(ctx, volume.Name, types.MergePatchType, patch, metav1.PatchOptions{}); err != nil {
		return err
	}
	patch, err = json.Marshal(map[string]any{"status": corev1.PersistentVolumeClaimStatus{
		AllocatedResources: size,
		AllocatedResourceStatuses: map[corev1.ResourceName]corev1.ClaimResourceStatus{
			corev1.ResourceStorage: corev1.PersistentVolumeClaimNodeResizePending,
		},
		Conditions: []corev1.PersistentVolumeClaimCondition{{
			Type: corev1.PersistentVolumeClaimFileSystemResizePending, Status: corev1.ConditionTrue, LastTransitionTime: metav1.Now(),
		}},
	}})
	if err != nil {
		return err
	}
	_, err = client.CoreV1().PersistentVolumeClaims(claim.Namespace).Patch(ctx, claim.Name, types.MergePatchType, patch, metav1.PatchOptions{}, "status")
	return err
}
