/**
 * Kinds, fields, types and enumerations of Kubernetes 1.27 to 1.36 and of custom resources. Written by
 * `node scripts/definitions.mjs`, which says from what; do not edit. `api-definitions.ts` reads it, and says how.
 */

/** Minors that the table knows, the first and the last. */
export const TABLE_MINORS = [27, 36] as const;

/** A line for each API version: its kinds, each with the number of its type. */
export const KIND_LINES = `
admissionregistration.k8s.io/v1 MutatingAdmissionPolicy:0@36- MutatingAdmissionPolicyBinding:1@36- MutatingWebhookConfiguration:2 ValidatingAdmissionPolicy:3@30- ValidatingAdmissionPolicyBinding:4@30- ValidatingWebhookConfiguration:5
admissionregistration.k8s.io/v1alpha1 MutatingAdmissionPolicy:6@32- MutatingAdmissionPolicyBinding:7@32- ValidatingAdmissionPolicy:8@27-31 ValidatingAdmissionPolicyBinding:9@27-31
admissionregistration.k8s.io/v1beta1 MutatingAdmissionPolicy:10@34- MutatingAdmissionPolicyBinding:11@34- ValidatingAdmissionPolicy:12@28-33 ValidatingAdmissionPolicyBinding:13@28-33
apiextensions.k8s.io/v1 CustomResourceDefinition:14
apiregistration.k8s.io/v1 APIService:15
apps/v1 ControllerRevision:16 DaemonSet:17 Deployment:18 ReplicaSet:19 StatefulSet:20
authentication.k8s.io/v1 SelfSubjectReview:21@28-
authentication.k8s.io/v1alpha1 SelfSubjectReview:22@27-31
authentication.k8s.io/v1beta1 SelfSubjectReview:23@27-32
autoscaling.k8s.io/v1 VerticalPodAutoscaler:625
autoscaling/v1 HorizontalPodAutoscaler:24
autoscaling/v2 HorizontalPodAutoscaler:25
batch/v1 CronJob:26 Job:27
certificates.k8s.io/v1 CertificateSigningRequest:28
certificates.k8s.io/v1alpha1 ClusterTrustBundle:29 PodCertificateRequest:30@34-34
certificates.k8s.io/v1beta1 ClusterTrustBundle:31@33- PodCertificateRequest:32@35-
coordination.k8s.io/v1 Lease:33
coordination.k8s.io/v1alpha1 LeaseCandidate:34@31-31
coordination.k8s.io/v1alpha2 LeaseCandidate:35@32-
coordination.k8s.io/v1beta1 LeaseCandidate:36@33-
discovery.k8s.io/v1 EndpointSlice:37
events.k8s.io/v1 Event:38
external-secrets.io/v1 ExternalSecret:648
flowcontrol.apiserver.k8s.io/v1 FlowSchema:39@29- PriorityLevelConfiguration:40@29-
flowcontrol.apiserver.k8s.io/v1beta2 FlowSchema:41@27-28 PriorityLevelConfiguration:42@27-28
flowcontrol.apiserver.k8s.io/v1beta3 FlowSchema:43@27-31 PriorityLevelConfiguration:44@27-31
gateway.networking.k8s.io/v1 HTTPRoute:668
gateway.networking.k8s.io/v1beta1 HTTPRoute:668
grafana.integreatly.org/v1beta1 GrafanaDashboard:684
internal.apiserver.k8s.io/v1alpha1 StorageVersion:45
k6.io/v1alpha1 TestRun:769
keda.sh/v1alpha1 ScaledObject:781 TriggerAuthentication:805
monitoring.coreos.com/v1 PodMonitor:815 PrometheusRule:819 ServiceMonitor:823
networking.k8s.io/v1 IPAddress:46@33- Ingress:47 IngressClass:48 NetworkPolicy:49 ServiceCIDR:50@33-
networking.k8s.io/v1alpha1 ClusterCIDR:51@27-28 IPAddress:52@27-30 ServiceCIDR:53@29-30
networking.k8s.io/v1beta1 IPAddress:54@31- ServiceCIDR:55@31-
node.k8s.io/v1 RuntimeClass:56
policy/v1 PodDisruptionBudget:57
postgresql.cnpg.io/v1 Cluster:883 Pooler:907 ScheduledBackup:910
rbac.authorization.k8s.io/v1 ClusterRole:58 ClusterRoleBinding:59 Role:60 RoleBinding:61
redis.redis.opstreelabs.in/v1beta2 Redis:940 RedisCluster:945 RedisReplication:948 RedisSentinel:951
resource.k8s.io/v1 DeviceClass:62@34- ResourceClaim:63@34- ResourceClaimTemplate:64@34- ResourceSlice:65@34-
resource.k8s.io/v1alpha2 PodSchedulingContext:66@27-30 ResourceClaim:67@27-30 ResourceClaimParameters:68@30-30 ResourceClaimTemplate:69@27-30 ResourceClass:70@27-30 ResourceClassParameters:71@30-30 ResourceSlice:72@30-30
resource.k8s.io/v1alpha3 DeviceClass:73@31-33 DeviceTaintRule:74@33- PodSchedulingContext:75@31-31 ResourceClaim:76@31-33 ResourceClaimTemplate:77@31-33 ResourcePoolStatusRequest:78@36- ResourceSlice:79@31-33
resource.k8s.io/v1beta1 DeviceClass:80@32- ResourceClaim:81@32- ResourceClaimTemplate:82@32- ResourceSlice:83@32-
resource.k8s.io/v1beta2 DeviceClass:84@33- DeviceTaintRule:85@36- ResourceClaim:86@33- ResourceClaimTemplate:87@33- ResourceSlice:88@33-
scheduling.k8s.io/v1 PriorityClass:89
scheduling.k8s.io/v1alpha1 Workload:90@35-35
scheduling.k8s.io/v1alpha2 PodGroup:91@36- Workload:92@36-
storage.k8s.io/v1 CSIDriver:93 CSINode:94 CSIStorageCapacity:95 StorageClass:96 VolumeAttachment:97 VolumeAttributesClass:98@34-
storage.k8s.io/v1alpha1 VolumeAttributesClass:99@29-34
storage.k8s.io/v1beta1 VolumeAttributesClass:100@31-
storagemigration.k8s.io/v1alpha1 StorageVersionMigration:101@30-34
storagemigration.k8s.io/v1beta1 StorageVersionMigration:102@35-
v1 ConfigMap:103 Endpoints:104 Event:105 LimitRange:106 Namespace:107 Node:108 PersistentVolume:109 PersistentVolumeClaim:110 Pod:111 PodTemplate:112 ReplicationController:113 ResourceQuota:114 Secret:115 Service:116 ServiceAccount:117
`;

/** A line for each type: its fields. */
export const TYPE_LINES = `
apiVersion:s kind:s metadata:119 spec:612
apiVersion:s kind:s metadata:119 spec:611
apiVersion:s kind:s metadata:119 webhooks:[610
apiVersion:s kind:s metadata:119 spec:605 status:*
apiVersion:s kind:s metadata:119 spec!601@36- spec:601@30-35
apiVersion:s kind:s metadata:119 webhooks:[596
apiVersion:s kind:s metadata:119 spec:592
apiVersion:s kind:s metadata:119 spec:591
apiVersion:s kind:s metadata:119 spec:585 status:*
apiVersion:s kind:s metadata:119 spec:581
apiVersion:s kind:s metadata:119 spec:577
apiVersion:s kind:s metadata:119 spec:576
apiVersion:s kind:s metadata:119 spec:570 status:*
apiVersion:s kind:s metadata:119 spec:566
apiVersion:s kind:s metadata:119 spec!551 status:*
apiVersion:s kind:s metadata:119 spec:549 status:*
apiVersion:s data:{* kind:s metadata:119 revision!i
apiVersion:s kind:s metadata:119 spec:546 status:*
apiVersion:s kind:s metadata:119 spec:543 status:*
apiVersion:s kind:s metadata:119 spec:542 status:*
apiVersion:s kind:s metadata:119 spec:537 status:*
apiVersion:s kind:s metadata:119 status:*
apiVersion:s kind:s metadata:119 status:*
apiVersion:s kind:s metadata:119 status:*
apiVersion:s kind:s metadata:119 spec!535@36- spec:535@27-35 status:*
apiVersion:s kind:s metadata:119 spec!522@36- spec:522@27-35 status:*
apiVersion:s kind:s metadata:119 spec!520@36- spec:520@27-35 status:*
apiVersion:s kind:s metadata:119 spec:513 status:*
apiVersion:s kind:s metadata:119 spec!512 status:*
apiVersion:s kind:s metadata:119 spec!511
apiVersion:s kind:s metadata:119 spec!510 status:*
apiVersion:s kind:s metadata:119 spec!509
apiVersion:s kind:s metadata:119 spec!508 status:*
apiVersion:s kind:s metadata:119 spec:507
apiVersion:s kind:s metadata:119 spec:506
apiVersion:s kind:s metadata:119 spec!505@36- spec:505@32-35
apiVersion:s kind:s metadata:119 spec!504@36- spec:504@33-35
addressType!e34 apiVersion:s endpoints![498@27-35 endpoints:[498@36- kind:s metadata:119 ports:[499
action:s apiVersion:s deprecatedCount:i deprecatedFirstTimestamp:s deprecatedLastTimestamp:s deprecatedSource:261 eventTime!s kind:s metadata:119 note:s reason:s regarding:120 related:120 reportingController:s reportingInstance:s series:497 type:s
apiVersion:s kind:s metadata:119 spec:487 status:*
apiVersion:s kind:s metadata:119 spec:482 status:*
apiVersion:s kind:s metadata:119 spec:472 status:*
apiVersion:s kind:s metadata:119 spec:467 status:*
apiVersion:s kind:s metadata:119 spec:457 status:*
apiVersion:s kind:s metadata:119 spec:452 status:*
apiVersion:s kind:s metadata!119@36- metadata:119@27-35 spec!{*@27-35 spec:{*@36- status!*@27-35 status:*@36-
apiVersion:s kind:s metadata:119 spec!450@36- spec:450@33-35
apiVersion:s kind:s metadata:119 spec:442 status:*
apiVersion:s kind:s metadata:119 spec:440
apiVersion:s kind:s metadata:119 spec:434 status:*@27-27
apiVersion:s kind:s metadata:119 spec:433 status:*
apiVersion:s kind:s metadata:119 spec:432
apiVersion:s kind:s metadata:119 spec:430
apiVersion:s kind:s metadata:119 spec:429 status:*
apiVersion:s kind:s metadata:119 spec!427@36- spec:427@31-35
apiVersion:s kind:s metadata:119 spec:426 status:*
apiVersion:s handler!s kind:s metadata:119 overhead:424 scheduling:425
apiVersion:s kind:s metadata:119 spec:423 status:*
aggregationRule:422 apiVersion:s kind:s metadata:119 rules:[421
apiVersion:s kind:s metadata:119 roleRef!419 subjects:[420
apiVersion:s kind:s metadata:119 rules:[421
apiVersion:s kind:s metadata:119 roleRef!419 subjects:[420
apiVersion:s kind:s metadata:119 spec!417
apiVersion:s kind:s metadata:119 spec!405 status:*
apiVersion:s kind:s metadata:119 spec!404
apiVersion:s kind:s metadata:119 spec!392
apiVersion:s kind:s metadata:119 spec!391 status:*
apiVersion:s kind:s metadata:119 spec!386 status:*
apiVersion:s driverRequests:[388 generatedFrom:387 kind:s metadata:119 shareable:b
apiVersion:s kind:s metadata:119 spec!385
apiVersion:s driverName!s kind:s metadata:119 parametersRef:382 structuredParameters:b@30-30 suitableNodes:236
apiVersion:s filters:[381 generatedFrom:382 kind:s metadata:119 vendorParameters:[383
apiVersion:s driverName!s kind:s metadata:119 namedResources:376 nodeName:s
apiVersion:s kind:s metadata:119 spec!374
apiVersion:s kind:s metadata:119 spec!372 status:*@35-
apiVersion:s kind:s metadata:119 spec!371 status:*
apiVersion:s kind:s metadata:119 spec!361 status:*
apiVersion:s kind:s metadata:119 spec!360
apiVersion:s kind:s metadata!119 spec!359 status:*
apiVersion:s kind:s metadata:119 spec!350
apiVersion:s kind:s metadata:119 spec!348
apiVersion:s kind:s metadata:119 spec!337 status:*
apiVersion:s kind:s metadata:119 spec!336
apiVersion:s kind:s metadata:119 spec!323
apiVersion:s kind:s metadata:119 spec!321
apiVersion:s kind:s metadata:119 spec!319 status:*
apiVersion:s kind:s metadata:119 spec!307 status:*
apiVersion:s kind:s metadata:119 spec!306
apiVersion:s kind:s metadata:119 spec!294
apiVersion:s description:s globalDefault:b kind:s metadata:119 preemptionPolicy:e9 value!i@27-35 value:i@36-
apiVersion:s kind:s metadata:119 spec!289
apiVersion:s kind:s metadata:119 spec!286 status:*
apiVersion:s kind:s metadata:119 spec!278
apiVersion:s kind:s metadata:119 spec!276
apiVersion:s kind:s metadata:119 spec!273
apiVersion:s capacity:q kind:s maximumVolumeSize:q metadata:119 nodeTopology:188 storageClassName!s
allowVolumeExpansion:b allowedTopologies:[271 apiVersion:s kind:s metadata:119 mountOptions:[s parameters:{s provisioner!s reclaimPolicy:e29 volumeBindingMode:e30
apiVersion:s kind:s metadata:119 spec!269 status:*
apiVersion:s driverName!s kind:s metadata:119 parameters:{s
apiVersion:s driverName!s kind:s metadata:119 parameters:{s
apiVersion:s driverName!s kind:s metadata:119 parameters:{s
apiVersion:s kind:s metadata:119 spec:267 status:*
apiVersion:s kind:s metadata:119 spec:265 status:*
apiVersion:s binaryData:{s data:{s immutable:b kind:s metadata:119
apiVersion:s kind:s metadata:119 subsets:[262
action:s apiVersion:s count:i eventTime:s firstTimestamp:s involvedObject!120 kind:s lastTimestamp:s message:s metadata!119 reason:s related:120 reportingComponent:s reportingInstance:s series:260 source:261 type:s
apiVersion:s kind:s metadata:119 spec:258
apiVersion:s kind:s metadata:119 spec:257 status:*
apiVersion:s kind:s metadata:119 spec:253 status:*
apiVersion:s kind:s metadata:119 spec:239 status:*
apiVersion:s kind:s metadata:119 spec:194 status:*
apiVersion:s kind:s metadata:119 spec:132 status:*
apiVersion:s kind:s metadata:119 template:131
apiVersion:s kind:s metadata:119 spec:130 status:*
apiVersion:s kind:s metadata:119 spec:127 status:*
apiVersion:s data:{s immutable:b kind:s metadata:119 stringData:{s type:s
apiVersion:s kind:s metadata:119 spec:123 status:*
apiVersion:s automountServiceAccountToken:b imagePullSecrets:[118 kind:s metadata:119 secrets:[120
name:s
annotations:{s creationTimestamp:s deletionGracePeriodSeconds:i deletionTimestamp:s finalizers:[s generateName:s generation:i labels:{s managedFields:[121 name:s namespace:s ownerReferences:[122 resourceVersion:s selfLink:s uid:s
apiVersion:s fieldPath:s kind:s name:s namespace:s resourceVersion:s uid:s
apiVersion:s fieldsType:s fieldsV1:{* manager:s operation:s subresource:s time:s
apiVersion!s blockOwnerDeletion:b controller:b kind!s name!s uid!s
allocateLoadBalancerNodePorts:b clusterIP:s clusterIPs:[s externalIPs:[s externalName:s externalTrafficPolicy:e0 healthCheckNodePort:i internalTrafficPolicy:e0 ipFamilies:[e1 ipFamilyPolicy:e2 loadBalancerClass:s loadBalancerIP:s loadBalancerSourceRanges:[s ports:[124 publishNotReadyAddresses:b selector:{s sessionAffinity:e3 sessionAffinityConfig:125 trafficDistribution:s@30- type:e4
appProtocol:s name:s nodePort:i port!i protocol:e5 targetPort:x
clientIP:126
timeoutSeconds:i
hard:{q scopeSelector:128 scopes:[e6
matchExpressions:[129
operator!e7 scopeName!e6 values:[s
minReadySeconds:i replicas:i selector:{s template:131
metadata:119 spec:132
activeDeadlineSeconds:i affinity:133 automountServiceAccountToken:b containers![134 dnsConfig:135 dnsPolicy:e8 enableServiceLinks:b ephemeralContainers:[136 hostAliases:[137 hostIPC:b hostNetwork:b hostPID:b hostUsers:b hostname:s hostnameOverride:s@34- imagePullSecrets:[118 initContainers:[134 nodeName:s nodeSelector:{s os:138 overhead:{q preemptionPolicy:e9 priority:i priorityClassName:s readinessGates:[139 resourceClaims:[140 resources:146@32- restartPolicy:e10 runtimeClassName:s schedulerName:s schedulingGates:[141 schedulingGroup:148@36- securityContext:142 serviceAccount:s serviceAccountName:s setHostnameAsFQDN:b shareProcessNamespace:b subdomain:s terminationGracePeriodSeconds:i tolerations:[143 topologySpreadConstraints:[144 volumes:[145 workloadRef:147@35-35
nodeAffinity:230 podAffinity:231 podAntiAffinity:232
args:[s command:[s env:[204 envFrom:[205 image:s imagePullPolicy:e11 lifecycle:206 livenessProbe:207 name!s ports:[208 readinessProbe:207 resizePolicy:[209 resources:146 restartPolicy:s@28- restartPolicyRules:[213@34- securityContext:210 startupProbe:207 stdin:b stdinOnce:b terminationMessagePath:s terminationMessagePolicy:e23 tty:b volumeDevices:[211 volumeMounts:[212 workingDir:s
nameservers:[s options:[229 searches:[s
args:[s command:[s env:[204 envFrom:[205 image:s imagePullPolicy:e11 lifecycle:206 livenessProbe:207 name!s ports:[208 readinessProbe:207 resizePolicy:[209 resources:146 restartPolicy:s@28- restartPolicyRules:[213@34- securityContext:210 startupProbe:207 stdin:b stdinOnce:b targetContainerName:s terminationMessagePath:s terminationMessagePolicy:e23 tty:b volumeDevices:[211 volumeMounts:[212 workingDir:s
hostnames:[s ip!s@31- ip:s@27-30
name!s
conditionType!s
name!s resourceClaimName:s@31- resourceClaimTemplateName:s@31- source:203@27-30
name!s
appArmorProfile:202@30- fsGroup:i fsGroupChangePolicy:e20 runAsGroup:i runAsNonRoot:b runAsUser:i seLinuxChangePolicy:s@32- seLinuxOptions:198 seccompProfile:199 supplementalGroups:[i supplementalGroupsPolicy:e21@31- sysctls:[200 windowsOptions:201
effect:e18 key:s operator:e19 tolerationSeconds:i value:s
labelSelector:188 matchLabelKeys:[s maxSkew!i minDomains:i nodeAffinityPolicy:e16 nodeTaintsPolicy:e16 topologyKey!s whenUnsatisfiable!e17
awsElasticBlockStore:150 azureDisk:151 azureFile:152 cephfs:153 cinder:154 configMap:155 csi:156 downwardAPI:157 emptyDir:158 ephemeral:159 fc:160 flexVolume:161 flocker:162 gcePersistentDisk:163 gitRepo:164 glusterfs:165 hostPath:166 image:179@31- iscsi:167 name!s nfs:168 persistentVolumeClaim:169 photonPersistentDisk:170 portworxVolume:171 projected:172 quobyte:173 rbd:174 scaleIO:175 secret:176 storageos:177 vsphereVolume:178
claims:[149 limits:{q requests:{q
name!s podGroup!s podGroupReplicaKey:s
podGroupName:s
name!s request:s@31-
fsType:s partition:i readOnly:b volumeID!s
cachingMode:e15 diskName!s diskURI!s fsType:s kind:s readOnly:b
readOnly:b secretName!s shareName!s
monitors![s path:s readOnly:b secretFile:s secretRef:118 user:s
fsType:s readOnly:b secretRef:118 volumeID!s
defaultMode:i items:[180 name:s optional:b
driver!s fsType:s nodePublishSecretRef:118 readOnly:b volumeAttributes:{s
defaultMode:i items:[190
medium:s sizeLimit:q
volumeClaimTemplate:193
fsType:s lun:i readOnly:b targetWWNs:[s wwids:[s
driver!s fsType:s options:{s readOnly:b secretRef:118
datasetName:s datasetUUID:s
fsType:s partition:i pdName!s readOnly:b
directory:s repository!s revision:s
endpoints!s path!s readOnly:b
path!s type:e12
chapAuthDiscovery:b chapAuthSession:b fsType:s initiatorName:s iqn!s iscsiInterface:s lun!i portals:[s readOnly:b secretRef:118 targetPortal!s
path!s readOnly:b server!s
claimName!s readOnly:b
fsType:s pdID!s
fsType:s readOnly:b volumeID!s
defaultMode:i sources:[181
group:s readOnly:b registry!s tenant:s user:s volume!s
fsType:s image!s keyring:s monitors![s pool:s readOnly:b secretRef:118 user:s
fsType:s gateway!s protectionDomain:s readOnly:b secretRef!118 sslEnabled:b storageMode:s storagePool:s system!s volumeName:s
defaultMode:i items:[180 optional:b secretName:s
fsType:s readOnly:b secretRef:118 volumeName:s volumeNamespace:s
fsType:s storagePolicyID:s storagePolicyName:s volumePath!s
pullPolicy:e11 reference:s
key!s mode:i path!s
clusterTrustBundle:186@29- configMap:182 downwardAPI:183 podCertificate:187@34- secret:184 serviceAccountToken:185
items:[180 name:s optional:b
items:[190
items:[180 name:s optional:b
audience:s expirationSeconds:i path!s
labelSelector:188 name:s optional:b path!s signerName:s
certificateChainPath:s credentialBundlePath:s keyPath:s keyType!s maxExpirationSeconds:i signerName!s userAnnotations:{s@35-
matchExpressions:[189 matchLabels:{s
key!s operator!e7 values:[s
fieldRef:191 mode:i path!s resourceFieldRef:192
apiVersion:s fieldPath!s
containerName:s divisor:q resource!s
metadata:119 spec!194
accessModes:[e13 dataSource:195 dataSourceRef:196 resources:146@27-28 resources:197@29- selector:188 storageClassName:s volumeAttributesClassName:s@29- volumeMode:e14 volumeName:s
apiGroup:s kind!s name!s
apiGroup:s kind!s name!s namespace:s
limits:{q requests:{q
level:s role:s type:s user:s
localhostProfile:s type!e22
name!s value!s
gmsaCredentialSpec:s gmsaCredentialSpecName:s hostProcess:b runAsUserName:s
localhostProfile:s type!e22
resourceClaimName:s resourceClaimTemplateName:s
name!s value:s valueFrom:225
configMapRef:223 prefix:s secretRef:224
postStart:221 preStop:221 stopSignal:e27@33-
exec:216 failureThreshold:i grpc:217 httpGet:218 initialDelaySeconds:i periodSeconds:i successThreshold:i tcpSocket:219 terminationGracePeriodSeconds:i timeoutSeconds:i
containerPort!i hostIP:s hostPort:i name:s protocol:e5
resourceName!s restartPolicy!s
allowPrivilegeEscalation:b appArmorProfile:202@30- capabilities:215 privileged:b procMount:e25 readOnlyRootFilesystem:b runAsGroup:i runAsNonRoot:b runAsUser:i seLinuxOptions:198 seccompProfile:199 windowsOptions:201
devicePath!s name!s
mountPath!s mountPropagation:e24 name!s readOnly:b recursiveReadOnly:s@30- subPath:s subPathExpr:s
action!s exitCodes:214
operator!s values:[i
add:[s drop:[s
command:[s
port!i service:s
host:s httpHeaders:[220 path:s port!x scheme:e26
host:s port!x
name!s value!s
exec:216 httpGet:218 sleep:222@29- tcpSocket:219
seconds!i
name:s optional:b
name:s optional:b
configMapKeyRef:226 fieldRef:191 fileKeyRef:228@34- resourceFieldRef:192 secretKeyRef:227
key!s name:s optional:b
key!s name:s optional:b
key!s optional:b path!s volumeName!s
name:s value:s
preferredDuringSchedulingIgnoredDuringExecution:[235 requiredDuringSchedulingIgnoredDuringExecution:236
preferredDuringSchedulingIgnoredDuringExecution:[233 requiredDuringSchedulingIgnoredDuringExecution:[234
preferredDuringSchedulingIgnoredDuringExecution:[233 requiredDuringSchedulingIgnoredDuringExecution:[234
podAffinityTerm!234 weight!i
labelSelector:188 matchLabelKeys:[s@29- mismatchLabelKeys:[s@29- namespaceSelector:188 namespaces:[s topologyKey!s
preference!237 weight!i
nodeSelectorTerms![237
matchExpressions:[238 matchFields:[238
key!s operator!e28 values:[s
accessModes:[e13 awsElasticBlockStore:150 azureDisk:151 azureFile:240 capacity:{q cephfs:241 cinder:242 claimRef:120 csi:243 fc:160 flexVolume:244 flocker:162 gcePersistentDisk:163 glusterfs:245 hostPath:166 iscsi:246 local:247 mountOptions:[s nfs:168 nodeAffinity:248 persistentVolumeReclaimPolicy:e29 photonPersistentDisk:170 portworxVolume:171 quobyte:173 rbd:249 scaleIO:250 storageClassName:s storageos:251 volumeAttributesClassName:s@29- volumeMode:e14 vsphereVolume:178
readOnly:b secretName!s secretNamespace:s shareName!s
monitors![s path:s readOnly:b secretFile:s secretRef:252 user:s
fsType:s readOnly:b secretRef:252 volumeID!s
controllerExpandSecretRef:252 controllerPublishSecretRef:252 driver!s fsType:s nodeExpandSecretRef:252 nodePublishSecretRef:252 nodeStageSecretRef:252 readOnly:b volumeAttributes:{s volumeHandle!s
driver!s fsType:s options:{s readOnly:b secretRef:252
endpoints!s endpointsNamespace:s path!s readOnly:b
chapAuthDiscovery:b chapAuthSession:b fsType:s initiatorName:s iqn!s iscsiInterface:s lun!i portals:[s readOnly:b secretRef:252 targetPortal!s
fsType:s path!s
required:236
fsType:s image!s keyring:s monitors![s pool:s readOnly:b secretRef:252 user:s
fsType:s gateway!s protectionDomain:s readOnly:b secretRef!252 sslEnabled:b storageMode:s storagePool:s system!s volumeName:s
fsType:s readOnly:b secretRef:120 volumeName:s volumeNamespace:s
name:s namespace:s
configSource:254 externalID:s podCIDR:s podCIDRs:[s providerID:s taints:[255 unschedulable:b
configMap:256
effect!e18 key!s timeAdded:s value:s
kubeletConfigKey!s name!s namespace!s resourceVersion:s uid:s
finalizers:[s
limits![259
default:{q defaultRequest:{q max:{q maxLimitRequestRatio:{q min:{q type!s
count:i lastObservedTime:s
component:s host:s
addresses:[263 notReadyAddresses:[263 ports:[264
hostname:s ip!s nodeName:s targetRef:120
appProtocol:s name:s port!i protocol:e5
resource!266
group!s resource!s
continueToken:s resource!268
group:s resource:s version:s
attacher!s nodeName!s source!270
inlineVolumeSpec:239 persistentVolumeName:s
matchLabelExpressions:[272
key!s values![s
drivers![274
allocatable:275 name!s nodeID!s topologyKeys:[s
count:i
attachRequired:b fsGroupPolicy:s nodeAllocatableUpdatePeriodSeconds:i@33- podInfoOnMount:b preventPodSchedulingIfMissing:b@36- requiresRepublish:b seLinuxMount:b serviceAccountTokenInSecrets:b@35- storageCapacity:b tokenRequests:[277 volumeLifecycleModes:[s
audience!s expirationSeconds:i
controllerRef:279 podGroupTemplates![280
apiGroup:s kind!s name!s
disruptionMode:s name!s priority:i priorityClassName:s resourceClaims:[281 schedulingConstraints:282 schedulingPolicy!283
name!s resourceClaimName:s resourceClaimTemplateName:s
topology:[285
basic:{* gang:284
minCount!i
key!s
disruptionMode:s podGroupTemplateRef:287 priority:i priorityClassName:s resourceClaims:[281 schedulingConstraints:282 schedulingPolicy!283
workload:288
podGroupTemplateName!s workloadName!s
controllerRef:290 podGroups![291
apiGroup:s kind!s name!s
name!s policy!292
basic:{* gang:293
minCount!i
allNodes:b devices:[295 driver!s nodeName:s nodeSelector:236 perDeviceNodeSelection:b pool!296 sharedCounters:[297
allNodes:b allowMultipleAllocations:b@34- attributes:{299 bindingConditions:[s@34- bindingFailureConditions:[s@34- bindsToNode:b@34- capacity:{300 consumesCounters:[301 name!s nodeAllocatableResourceMappings:{303@36- nodeName:s nodeSelector:236 taints:[302
generation!i name!s resourceSliceCount!i
counters!{298 name!s
value!q
bool:b bools:[b@36- int:i ints:[i@36- string:s strings:[s@36- version:s versions:[s@36-
requestPolicy:304@34- value!q
counterSet!s counters!{298
effect!s key!s timeAdded:s value:s
allocationMultiplier:q capacityKey:s
default:q validRange:305 validValues:[q
max:q min!q step:q
metadata:119 spec!307
devices:308
config:[309 constraints:[310 requests:[311
opaque:318 requests:[s
distinctAttribute:s@34- matchAttribute:s requests:[s
exactly:312 firstAvailable:[313 name!s
adminAccess:b allocationMode:s capacity:316@34- count:i deviceClassName!s selectors:[314 tolerations:[315
allocationMode:s capacity:316@34- count:i deviceClassName!s name!s selectors:[314 tolerations:[315
cel:317
effect:s key:s operator:s tolerationSeconds:i value:s
requests:{q
expression!s
driver!s parameters!{*
deviceSelector:320 taint!302
device:s driver:s pool:s
config:[322 extendedResourceName:s@34- selectors:[314
opaque:318
allNodes:b devices:[324 driver!s nodeName:s nodeSelector:236 perDeviceNodeSelection:b@33- pool!325 sharedCounters:[326@33-
basic:328 name!s
generation!i name!s resourceSliceCount!i
counters!{327 name!s
value!q
allNodes:b@33- allowMultipleAllocations:b@34- attributes:{329 bindingConditions:[s@34- bindingFailureConditions:[s@34- bindsToNode:b@34- capacity:{330 consumesCounters:[331@33- nodeAllocatableResourceMappings:{333@36- nodeName:s@33- nodeSelector:236@33- taints:[332@33-
bool:b bools:[b@36- int:i ints:[i@36- string:s strings:[s@36- version:s versions:[s@36-
requestPolicy:334@34- value!q
counterSet!s counters!{327
effect!s key!s timeAdded:s value:s
allocationMultiplier:q capacityKey:s
default:q validRange:335 validValues:[q
max:q min!q step:q
metadata:119 spec!337
devices:338
config:[339 constraints:[340 requests:[341
opaque:347 requests:[s
distinctAttribute:s@34- matchAttribute:s requests:[s
adminAccess:b allocationMode:s capacity:345@34- count:i deviceClassName!s@32-32 deviceClassName:s@33- firstAvailable:[343@33- name!s selectors:[342 tolerations:[344@33-
cel:346
allocationMode:s capacity:345@34- count:i deviceClassName!s name!s selectors:[342 tolerations:[344
effect:s key:s operator:s tolerationSeconds:i value:s
requests:{q
expression!s
driver!s parameters!{*
config:[349 extendedResourceName:s@34- selectors:[342
opaque:347
allNodes:b devices:[351 driver!s nodeName:s nodeSelector:236 perDeviceNodeSelection:b@33-33 pool!352 sharedCounters:[353@33-33
basic:355 name!s
generation!i name!s resourceSliceCount!i
counters!{354 name!s
value!q
allNodes:b@33-33 attributes:{356 capacity:{q consumesCounters:[357@33-33 nodeName:s@33-33 nodeSelector:236@33-33 taints:[358@33-33
bool:b int:i string:s version:s
counterSet!s counters!{354
effect!s key!s timeAdded:s value:s
driver!s limit:i poolName:s
metadata:119 spec!361
controller:s@31-31 devices:362
config:[363 constraints:[364 requests:[365
opaque:370 requests:[s
matchAttribute:s requests:[s
adminAccess:b allocationMode:s count:i deviceClassName!s@31-32 deviceClassName:s@33-33 firstAvailable:[367@33-33 name!s selectors:[366 tolerations:[368@33-33
cel:369
allocationMode:s count:i deviceClassName!s name!s selectors:[366 tolerations:[368
effect:s key:s operator:s tolerationSeconds:i value:s
expression!s
driver!s parameters!{*
potentialNodes:[s selectedNode:s
deviceSelector:373 taint!358
device:s deviceClassName:s@33-34 driver:s pool:s selectors:[366@33-34
config:[375 selectors:[366 suitableNodes:236@31-31
opaque:370
instances![377
attributes:[378 name!s
bool:b int:i intSlice:379 name!s quantity:q string:s stringSlice:380 version:s
ints![i
strings![s
driverName:s namedResources:384
apiGroup:s kind!s name!s namespace:s
driverName:s parameters:{*
selector!s
metadata:119 spec!386
allocationMode:s parametersRef:387 resourceClassName!s
apiGroup:s kind!s name!s
driverName:s requests:[389 vendorParameters:{*
namedResources:390 vendorParameters:{*
selector!s
potentialNodes:[s selectedNode:s
allNodes:b devices:[393 driver!s nodeName:s nodeSelector:236 perDeviceNodeSelection:b pool!394 sharedCounters:[395
allNodes:b allowMultipleAllocations:b attributes:{397 bindingConditions:[s bindingFailureConditions:[s bindsToNode:b capacity:{398 consumesCounters:[399 name!s nodeAllocatableResourceMappings:{401@36- nodeName:s nodeSelector:236 taints:[400
generation!i name!s resourceSliceCount!i
counters!{396 name!s
value!q
bool:b bools:[b@36- int:i ints:[i@36- string:s strings:[s@36- version:s versions:[s@36-
requestPolicy:402 value!q
counterSet!s counters!{396
effect!s key!s timeAdded:s value:s
allocationMultiplier:q capacityKey:s
default:q validRange:403 validValues:[q
max:q min!q step:q
metadata:119 spec!405
devices:406
config:[407 constraints:[408 requests:[409
opaque:416 requests:[s
distinctAttribute:s matchAttribute:s requests:[s
exactly:410 firstAvailable:[411 name!s
adminAccess:b allocationMode:s capacity:412 count:i deviceClassName!s selectors:[413 tolerations:[414
allocationMode:s capacity:412 count:i deviceClassName!s name!s selectors:[413 tolerations:[414
requests:{q
cel:415
effect:s key:s operator:s tolerationSeconds:i value:s
expression!s
driver!s parameters!{*
config:[418 extendedResourceName:s selectors:[413
opaque:416
apiGroup!s@27-35 apiGroup:s@36- kind!s name!s
apiGroup:s kind!s name!s namespace:s
apiGroups:[s nonResourceURLs:[s resourceNames:[s resources:[s verbs![s
clusterRoleSelectors:[188
maxUnavailable:x minAvailable:x selector:188 unhealthyPodEvictionPolicy:e31
podFixed:{q
nodeSelector:{s tolerations:[143
cidrs:[s
parentRef!428
group:s name!s namespace:s resource!s
cidrs:[s
parentRef!431@30-30 parentRef:431@27-29
group:s name!s@30-30 name:s@27-29 namespace:s resource!s@30-30 resource:s@27-29 uid:s@27-28
ipv4:s ipv6:s nodeSelector:236 perNodeHostBits!i
cidrs:[s
egress:[435 ingress:[436 podSelector!188@27-33 podSelector:188@34- policyTypes:[e32
ports:[438 to:[437
from:[437 ports:[438
ipBlock:439 namespaceSelector:188 podSelector:188
endPort:i port:x protocol:e5
cidr!s except:[s
controller:s parameters:441
apiGroup:s kind!s name!s namespace:s scope:s
defaultBackend:443 ingressClassName:s rules:[444 tls:[445
resource:195 service:448
host:s http:446
hosts:[s secretName:s
paths![447
backend!443 path:s pathType!e33
name!s port:449
name:s number:i
parentRef!451
group:s name!s namespace:s resource!s
exempt:454@28-31 limited:453 type!s
borrowingLimitPercent:i lendablePercent:i limitResponse:455 nominalConcurrencyShares:i
lendablePercent:i nominalConcurrencyShares:i
queuing:456 type!s
handSize:i queueLengthLimit:i queues:i
distinguisherMethod:458 matchingPrecedence:i priorityLevelConfiguration!459 rules:[460
type!s
name!s
nonResourceRules:[461 resourceRules:[462 subjects![463
nonResourceURLs![s verbs![s
apiGroups![s clusterScope:b namespaces:[s resources![s verbs![s
group:464 kind!s serviceAccount:465 user:466
name!s
name!s namespace!s
name!s
exempt:469@28-28 limited:468 type!s
assuredConcurrencyShares:i borrowingLimitPercent:i lendablePercent:i limitResponse:470
lendablePercent:i nominalConcurrencyShares:i
queuing:471 type!s
handSize:i queueLengthLimit:i queues:i
distinguisherMethod:473 matchingPrecedence:i priorityLevelConfiguration!474 rules:[475
type!s
name!s
nonResourceRules:[476 resourceRules:[477 subjects![478
nonResourceURLs![s verbs![s
apiGroups![s clusterScope:b namespaces:[s resources![s verbs![s
group:479 kind!s serviceAccount:480 user:481
name!s
name!s namespace!s
name!s
exempt:483 limited:484 type!s
lendablePercent:i nominalConcurrencyShares:i
borrowingLimitPercent:i lendablePercent:i limitResponse:485 nominalConcurrencyShares:i
queuing:486 type!s
handSize:i queueLengthLimit:i queues:i
distinguisherMethod:488 matchingPrecedence:i priorityLevelConfiguration!489 rules:[490
type!s
name!s
nonResourceRules:[491 resourceRules:[492 subjects![493
nonResourceURLs![s verbs![s
apiGroups![s clusterScope:b namespaces:[s resources![s verbs![s
group:494 kind!s serviceAccount:495 user:496
name!s
name!s namespace!s
name!s
count!i lastObservedTime!s
addresses![s conditions:500 deprecatedTopology:{s hints:501 hostname:s nodeName:s targetRef:120 zone:s
appProtocol:s name:s port:i protocol:e5
ready:b serving:b terminating:b
forNodes:[503@33- forZones:[502
name!s
name!s
binaryVersion!s emulationVersion:s leaseName!s pingTime:s renewTime:s strategy!s
binaryVersion!s emulationVersion:s leaseName!s pingTime:s renewTime:s strategy!s
binaryVersion:s emulationVersion:s leaseName!s pingTime:s preferredStrategies![s renewTime:s
acquireTime:s holderIdentity:s leaseDurationSeconds:i leaseTransitions:i preferredHolder:s@31- renewTime:s strategy:s@31-
maxExpirationSeconds:i nodeName!s nodeUID!s pkixPublicKey!s@35-35 pkixPublicKey:s@36- podName!s podUID!s proofOfPossession!s@35-35 proofOfPossession:s@36- serviceAccountName!s serviceAccountUID!s signerName!s stubPKCS10Request!s@36- unverifiedUserAnnotations:{s
signerName:s trustBundle!s
maxExpirationSeconds:i nodeName!s nodeUID!s pkixPublicKey!s podName!s podUID!s proofOfPossession!s serviceAccountName!s serviceAccountUID!s signerName!s
signerName:s trustBundle!s
expirationSeconds:i extra:{[s groups:[s request!s signerName!s uid:s usages:[e35 username:s
activeDeadlineSeconds:i backoffLimit:i backoffLimitPerIndex:i@28- completionMode:e36 completions:i managedBy:s@30- manualSelector:b maxFailedIndexes:i@28- parallelism:i podFailurePolicy:514 podReplacementPolicy:e37@28- selector:188 successPolicy:515@30- suspend:b template!131 ttlSecondsAfterFinished:i
rules![517
rules![516
succeededCount:i succeededIndexes:s
action!e38 onExitCodes:518 onPodConditions![519@27-28 onPodConditions:[519@29-
containerName:s operator!e39 values![i
status!s@27-34 status:s@35- type!s
concurrencyPolicy:e40 failedJobsHistoryLimit:i jobTemplate!521 schedule!s startingDeadlineSeconds:i successfulJobsHistoryLimit:i suspend:b timeZone:s
metadata:119 spec:513
behavior:523 maxReplicas!i metrics:[524 minReplicas:i scaleTargetRef!525
scaleDown:533 scaleUp:533
containerResource:526 external:527 object:528 pods:529 resource:530 type!e41
apiVersion:s kind!s name!s
container!s name!s target!531
metric!532 target!531
describedObject!525 metric!532 target!531
metric!532 target!531
name!s target!531
averageUtilization:i averageValue:q type!e42 value:q
name!s selector:188
policies:[534 selectPolicy:e43 stabilizationWindowSeconds:i tolerance:q@33-
periodSeconds!i type!e44 value!i
maxReplicas!i minReplicas:i scaleTargetRef!536 targetCPUUtilizationPercentage:i
apiVersion:s kind!s name!s
minReadySeconds:i ordinals:538 persistentVolumeClaimRetentionPolicy:539 podManagementPolicy:e45 replicas:i revisionHistoryLimit:i selector!188 serviceName!s@27-32 serviceName:s@33- template!131 updateStrategy:540 volumeClaimTemplates:[110
start:i
whenDeleted:s whenScaled:s
rollingUpdate:541 type:e46
maxUnavailable:x partition:i
minReadySeconds:i replicas:i selector!188 template:131
minReadySeconds:i paused:b progressDeadlineSeconds:i replicas:i revisionHistoryLimit:i selector!188 strategy:544 template!131
rollingUpdate:545 type:e47
maxSurge:x maxUnavailable:x
minReadySeconds:i revisionHistoryLimit:i selector!188 template!131 updateStrategy:547
rollingUpdate:548 type:e46
maxSurge:x maxUnavailable:x
caBundle:s group:s groupPriorityMinimum!i insecureSkipTLSVerify:b service:550 version:s versionPriority!i
name:s namespace:s port:i
conversion:552 group!s names!553 preserveUnknownFields:b scope!s versions![554
strategy!s webhook:563
categories:[s kind!s listKind:s plural!s shortNames:[s singular:s
additionalPrinterColumns:[555 deprecated:b deprecationWarning:s name!s schema:556 selectableFields:[558@30- served!b storage!b subresources:557
description:s format:s jsonPath!s name!s priority:i type!s
openAPIV3Schema:560
scale:559 status:{*
jsonPath!s
labelSelectorPath:s specReplicasPath!s statusReplicasPath!s
$ref:s $schema:s additionalItems:* additionalProperties:* allOf:[560 anyOf:[560 default:* definitions:{560 dependencies:{* description:s enum:[* example:* exclusiveMaximum:b exclusiveMinimum:b externalDocs:561 format:s id:s items:* maxItems:i maxLength:i maxProperties:i maximum:n minItems:i minLength:i minProperties:i minimum:n multipleOf:n not:560 nullable:b oneOf:[560 pattern:s patternProperties:{560 properties:{560 required:[s title:s type:s uniqueItems:b x-kubernetes-embedded-resource:b x-kubernetes-int-or-string:b x-kubernetes-list-map-keys:[s x-kubernetes-list-type:s x-kubernetes-map-type:s x-kubernetes-preserve-unknown-fields:b x-kubernetes-validations:[562
description:s url:s
fieldPath:s@28- message:s messageExpression:s optionalOldSelf:b@29- reason:e48@28- rule!s
clientConfig:564 conversionReviewVersions![s
caBundle:s service:565 url:s
name!s namespace!s path:s port:i
matchResources:567 paramRef:568 policyName:s validationActions:[s
excludeResourceRules:[569 matchPolicy:s namespaceSelector:188 objectSelector:188 resourceRules:[569
name:s namespace:s parameterNotFoundAction:s selector:188
apiGroups:[s apiVersions:[s operations:[s resourceNames:[s resources:[s scope:s
auditAnnotations:[571 failurePolicy:s matchConditions:[572 matchConstraints:567 paramKind:573 validations:[574 variables:[575
key!s valueExpression!s
expression!s name!s
apiVersion:s kind:s
expression!s message:s messageExpression:s reason:s
expression!s name!s
matchResources:567 paramRef:568 policyName:s
failurePolicy:s matchConditions:[572 matchConstraints:567 mutations:[578 paramKind:573 reinvocationPolicy:s variables:[575
applyConfiguration:579 jsonPatch:580 patchType!s
expression:s
expression:s
matchResources:582 paramRef:583 policyName:s validationActions:[s
excludeResourceRules:[584 matchPolicy:s namespaceSelector:188 objectSelector:188 resourceRules:[584
name:s namespace:s parameterNotFoundAction:s@28- selector:188@28-
apiGroups:[s apiVersions:[s operations:[s resourceNames:[s resources:[s scope:s
auditAnnotations:[586 failurePolicy:s matchConditions:[587 matchConstraints:582 paramKind:588 validations:[589 variables:[590@28-31
key!s valueExpression!s
expression!s name!s
apiVersion:s kind:s
expression!s message:s messageExpression:s reason:s
expression!s name!s
matchResources:582 paramRef:583 policyName:s
failurePolicy:s matchConditions:[587 matchConstraints:582 mutations:[593 paramKind:588 reinvocationPolicy:s variables:[590
applyConfiguration:594 jsonPatch:595 patchType!s
expression:s
expression:s
admissionReviewVersions![s clientConfig!597 failurePolicy:e49 matchConditions:[598 matchPolicy:e50 name!s namespaceSelector:188 objectSelector:188 rules:[599 sideEffects!e51 timeoutSeconds:i
caBundle:s service:600 url:s
expression!s name!s
apiGroups:[s apiVersions:[s operations:[e52 resources:[s scope:s
name!s namespace!s path:s port:i
matchResources:602 paramRef:603 policyName!s@36- policyName:s@30-35 validationActions![e53@36- validationActions:[e53@30-35
excludeResourceRules:[604 matchPolicy:e50 namespaceSelector:188 objectSelector:188 resourceRules:[604
name:s namespace:s parameterNotFoundAction:s selector:188
apiGroups:[s apiVersions:[s operations:[e52 resourceNames:[s resources:[s scope:s
auditAnnotations:[606 failurePolicy:e49 matchConditions:[598 matchConstraints:602 paramKind:607 validations:[608 variables:[609
key!s valueExpression!s
apiVersion:s kind:s
expression!s message:s messageExpression:s reason:s
expression!s name!s
admissionReviewVersions![s clientConfig!597 failurePolicy:e49 matchConditions:[598 matchPolicy:e50 name!s namespaceSelector:188 objectSelector:188 reinvocationPolicy:e54 rules:[599 sideEffects!e51 timeoutSeconds:i
matchResources:602 paramRef:603 policyName:s
failurePolicy:s matchConditions:[598 matchConstraints:602 mutations:[613 paramKind:607 reinvocationPolicy:s variables:[609
applyConfiguration:614 jsonPatch:615 patchType!s
expression:s
expression:s
name!s
durationSeconds:i factor:i quantity:Q type!e57
cpu:617
containerName:s controlledResources:[s controlledValues:e55 maxAllowed:{Q memoryAggregationIntervalCount:i memoryAggregationIntervalSeconds:i minAllowed:{Q mode:e56 oomBumpUpRatio:Q oomMinBumpUp:Q startupBoost:618
containerPolicies:[619
apiVersion:s kind!s name!s
changeRequirement!e58 resources![s
evictAfterOOMSeconds:i evictionRequirements:[622 minReplicas:i updateMode:e59
recommenders:[616 resourcePolicy:620 startupBoost:618 targetRef!621 updatePolicy:623
apiVersion:s kind:s metadata:119 spec!624 status:*
conversionStrategy:e60 decodingStrategy:e61 key!s metadataPolicy:e62 nullBytePolicy:e63 property:s version:s
apiVersion:s kind!e64 name!s
kind:e65 name:s
generatorRef:627 storeRef:628
remoteRef!626 secretKey!s sourceRef:629
regexp:s
conversionStrategy:e60 decodingStrategy:e61 name:631 nullBytePolicy:e63 path:s tags:{s
conflictPolicy:e66 into:s priority:[s priorityPolicy:e67 strategy:e68
source!s target!s
template!s
merge:633 regexp:634 transform:635
extract:626 find:632 rewrite:[636 sourceRef:629
duration!s schedule!s
kind!e70 windows![638
apiVersion!s kind!s
annotations:{s finalizers:[s labels:{s
key!s templateAs:e75
items![642 name!s
configMap:643 literal:s secret:643 target:s valuesDecodingStrategy:e61
data:{s engineVersion:e73 mergePolicy:e74 metadata:641 templateFrom:[644 type:s
creationPolicy:e71 deletionPolicy:e72 immutable:b manifest:640 name:s template:645
data:[630 dataFrom:[637 refreshInterval:s refreshPolicy:e69 secretStoreRef:628 syncWindows:639 target:646
apiVersion:s kind:s metadata:119 spec:647 status:*
group:s kind:s name!s namespace:s port:i sectionName:s
allowCredentials:b allowHeaders:[s allowMethods:[e76 allowOrigins:[s exposeHeaders:[s maxAge:i
group!s kind!s name!s
name!s value!s
add:[652 remove:[s set:[652
group:s kind:s name!s namespace:s port:i
denominator:i numerator!i
backendRef!654 fraction:655 percent:i
replaceFullPath:s replacePrefixMatch:s type!e77
hostname:s path:657 port:i scheme:e78 statusCode:e79
hostname:s path:657
cors:650 extensionRef:651 requestHeaderModifier:653 requestMirror:656 requestRedirect:658 responseHeaderModifier:653 type!e80 urlRewrite:659
filters:[660 group:s kind:s name!s namespace:s port:i weight:i
name!s type:e81 value!s
type:e83 value:s
headers:[662 method:e82 path:663 queryParams:[662
backendRequest:s request:s
backendRefs:[661 filters:[660 matches:[664 name:s timeouts:665
hostnames:[s parentRefs:[649 rules:[666
apiVersion:s kind:s metadata:119 spec!667 status:*
key!s name:s optional:b
datasourceName!s inputName!s
configMapKeyRef:669 secretKeyRef:669
name!s value:s valueFrom:671
id!i revision:i
key!s operator!s values:[s
matchExpressions:[674 matchLabels:{s
fileName!s gzipJsonnetProject!s jPath:[s
name:s
insecurePlainHTTP:b path!s pullSecretRef:677 reference!s
name!s version!s
accessToken:s annotationsEnabled:b enabled:b timeSelectionEnabled:b
password:669 username:669
basicAuth:681
allowCrossNamespaceImport:b configMapRef:669 contentCacheDuration:s datasources:[670 envFrom:[671 envs:[672 folder:s folderRef:s folderUID:s grafanaCom:673 gzipJson:s instanceSelector!675 json:s jsonnet:s jsonnetLib:676 oci:678 plugins:[679 publicSharing:680 resyncPeriod:s suspend:b uid:s url:s urlAuthorization:682 variables:[652
apiVersion:s kind:s metadata:119 spec!683 status:*
matchExpressions:[674 matchFields:[674
preference!685 weight!i
nodeSelectorTerms![685
preferredDuringSchedulingIgnoredDuringExecution:[686 requiredDuringSchedulingIgnoredDuringExecution:687
labelSelector:675 matchLabelKeys:[s mismatchLabelKeys:[s namespaceSelector:675 namespaces:[s topologyKey!s
podAffinityTerm!689 weight!i
preferredDuringSchedulingIgnoredDuringExecution:[690 requiredDuringSchedulingIgnoredDuringExecution:[689
nodeAffinity:688 podAffinity:691 podAntiAffinity:691
localhostProfile:s type!s
add:[s drop:[s
level:s role:s type:s user:s
gmsaCredentialSpec:s gmsaCredentialSpecName:s hostProcess:b runAsUserName:s
allowPrivilegeEscalation:b appArmorProfile:693 capabilities:694 privileged:b procMount:s readOnlyRootFilesystem:b runAsGroup:i runAsNonRoot:b runAsUser:i seLinuxOptions:695 seccompProfile:693 windowsOptions:696
apiVersion:s fieldPath!s
key!s optional:b path!s volumeName!s
containerName:s divisor:Q resource!s
configMapKeyRef:669 fieldRef:698 fileKeyRef:699 resourceFieldRef:700 secretKeyRef:669
name!s value:s valueFrom:701
name:s optional:b
configMapRef:703 prefix:s secretRef:703
name!s request:s
claims:[705 limits:{Q requests:{Q
mountPath!s mountPropagation:s name!s readOnly:b recursiveReadOnly:s subPath:s subPathExpr:s
args:[s command:[s env:[702 envFrom:[704 image:s name:s resources:706 restartPolicy:s volumeMounts:[707 workingDir:s
command:[s
port!i service:s
host:s httpHeaders:[652 path:s port!x scheme:s
host:s port!x
exec:709 failureThreshold:i grpc:710 httpGet:711 initialDelaySeconds:i periodSeconds:i successThreshold:i tcpSocket:712 terminationGracePeriodSeconds:i timeoutSeconds:i
annotations:{s labels:{s
appArmorProfile:693 fsGroup:i fsGroupChangePolicy:s runAsGroup:i runAsNonRoot:b runAsUser:i seLinuxChangePolicy:s seLinuxOptions:695 seccompProfile:693 supplementalGroups:[i supplementalGroupsPolicy:s sysctls:[652 windowsOptions:696
effect:s key:s operator:s tolerationSeconds:i value:s
labelSelector:675 matchLabelKeys:[s maxSkew!i minDomains:i nodeAffinityPolicy:s nodeTaintsPolicy:s topologyKey!s whenUnsatisfiable!s
fsType:s partition:i readOnly:b volumeID!s
cachingMode:s diskName!s diskURI!s fsType:s kind:s readOnly:b
readOnly:b secretName!s shareName!s
monitors![s path:s readOnly:b secretFile:s secretRef:677 user:s
fsType:s readOnly:b secretRef:677 volumeID!s
key!s mode:i path!s
defaultMode:i items:[723 name:s optional:b
driver!s fsType:s nodePublishSecretRef:677 readOnly:b volumeAttributes:{s
fieldRef:698 mode:i path!s resourceFieldRef:700
defaultMode:i items:[726
medium:s sizeLimit:Q
apiGroup:s kind!s name!s
apiGroup:s kind!s name!s namespace:s
limits:{Q requests:{Q
accessModes:[s dataSource:729 dataSourceRef:730 resources:731 selector:675 storageClassName:s volumeAttributesClassName:s volumeMode:s volumeName:s
metadata:{* spec!732
volumeClaimTemplate:733
fsType:s lun:i readOnly:b targetWWNs:[s wwids:[s
driver!s fsType:s options:{s readOnly:b secretRef:677
datasetName:s datasetUUID:s
fsType:s partition:i pdName!s readOnly:b
directory:s repository!s revision:s
endpoints!s path!s readOnly:b
path!s type:s
pullPolicy:s reference:s
chapAuthDiscovery:b chapAuthSession:b fsType:s initiatorName:s iqn!s iscsiInterface:s lun!i portals:[s readOnly:b secretRef:677 targetPortal!s
path!s readOnly:b server!s
claimName!s readOnly:b
fsType:s pdID!s
fsType:s readOnly:b volumeID!s
labelSelector:675 name:s optional:b path!s signerName:s
items:[723 name:s optional:b
items:[726
certificateChainPath:s credentialBundlePath:s keyPath:s keyType!s maxExpirationSeconds:i signerName!s userAnnotations:{s
audience:s expirationSeconds:i path!s
clusterTrustBundle:748 configMap:749 downwardAPI:750 podCertificate:751 secret:749 serviceAccountToken:752
defaultMode:i sources:[753
group:s readOnly:b registry!s tenant:s user:s volume!s
fsType:s image!s keyring:s monitors![s pool:s readOnly:b secretRef:677 user:s
fsType:s gateway!s protectionDomain:s readOnly:b secretRef!677 sslEnabled:b storageMode:s storagePool:s system!s volumeName:s
defaultMode:i items:[723 optional:b secretName:s
fsType:s readOnly:b secretRef:677 volumeName:s volumeNamespace:s
fsType:s storagePolicyID:s storagePolicyName:s volumePath!s
awsElasticBlockStore:718 azureDisk:719 azureFile:720 cephfs:721 cinder:722 configMap:724 csi:725 downwardAPI:727 emptyDir:728 ephemeral:734 fc:735 flexVolume:736 flocker:737 gcePersistentDisk:738 gitRepo:739 glusterfs:740 hostPath:741 image:742 iscsi:743 name!s nfs:744 persistentVolumeClaim:745 photonPersistentDisk:746 portworxVolume:747 projected:754 quobyte:755 rbd:756 scaleIO:757 secret:758 storageos:759 vsphereVolume:760
affinity:692 automountServiceAccountToken:s containerSecurityContext:697 disabled:b env:[702 envFrom:[704 image:s imagePullPolicy:s imagePullSecrets:[677 initContainers:[708 livenessProbe:713 metadata:714 nodeSelector:{s priorityClassName:s readinessProbe:713 resources:706 schedulerName:s securityContext:715 serviceAccountName:s tolerations:[716 topologySpreadConstraints:[717 volumeMounts:[707 volumes:[761
containerPort!i hostIP:s hostPort:i name:s protocol:s
file:s name!s
file:s name!s readOnly:b
configMap:764 localFile:s volumeClaim:765
disableLogging:b enabled:s envoyAdminApi:s genericQuitEndpoint:s istioQuitApi:s neverKillIstio:b neverKillIstioOnFailure:b quitWithoutEnvoyTimeout:s startWithoutEnvoy:b waitForEnvoyTimeout:s
args:[s arguments:s cleanup:e84 initializer:762 parallelism!i paused:s ports:[763 quiet:s runner:762 script!766 scuttle:767 separate:b starter:762 testRunId:s token:s
apiVersion:s kind:s metadata:119 spec:768 status:*
periodSeconds!i type!s value!i
policies:[770 selectPolicy:s stabilizationWindowSeconds:i tolerance:Q
scaleDown:771 scaleUp:771
behavior:772 name:s
activationTarget:s formula:s metricType:e85 target:s
horizontalPodAutoscalerConfig:773 restoreToOriginalReplicaCount:b scalingModifiers:774
behavior:e86 failureThreshold!i replicas!i
apiVersion:s envSourceContainerName:s kind:s name!s
kind:e87 name!s
authenticationRef:778 metadata!{s metricType:s name:s type!s useCachedMetrics:b
advanced:775 cooldownPeriod:i fallback:776 idleReplicaCount:i initialCooldownPeriod:i maxReplicaCount:i minReplicaCount:i pollingInterval:i scaleTargetRef!777 triggers![779
apiVersion:s kind:s metadata:119 spec!780 status:*
key!s name!s
secretKeyRef!782
valueFrom!783
accessKey!784 accessSecretKey!784 accessToken:784
externalID:s identityAuthorityHost:s identityId:s identityOwner:e88 identityTenantId:s provider!e89 roleArn:s
name!s parameter!s secretKey:s versionId:s versionStage:s
credentials:785 podIdentity:786 region:s secrets![787
activeDirectoryEndpoint:s keyVaultResourceURL:s type!s
clientId!s clientSecret!784 tenantId!s
name!s parameter!s version:s
cloud:789 credentials:790 podIdentity:786 secrets![791 vaultUri!s
parameter!s serviceAccountName!s
key!s name!s parameter!s
containerName:s name!s parameter!s
clientSecret!784
id!s parameter!s version:s
credentials:796 podIdentity:786 secrets![797
serviceAccount:s serviceAccountName:s token:s
altNames:s commonName:s format:s ipSans:s otherSans:s ttl:s uriSans:s
key!s parameter!s path!s pkiData:800 type:e91
address!s authentication!e90 credential:799 mount:s namespace:s role:s secrets![801
clientId!s clientSecret:784 scopes:[s tokenUrl!s tokenUrlParams:{s type!e92
awsSecretManager:788 azureKeyVault:792 boundServiceAccountToken:[793 configMapTargetRef:[794 env:[795 filePath:s gcpSecretManager:798 hashiCorpVault:802 oauth2:803 podIdentity:786 secretTargetRef:[794
apiVersion:s kind:s metadata:119 spec!804 status:*
node:b
any:b matchNames:[s
credentials:669 type:s
action:e94 modulus:i regex:s replacement:s separator:s sourceLabels:[s targetLabel:s
configMap:669 secret:669
ca:810 cert:810 insecureSkipVerify:b keySecret:669 maxVersion:e95 minVersion:e95 serverName:s
clientId!810 clientSecret!669 endpointParams:{s noProxy:s proxyConnectHeader:{[669 proxyFromEnvironment:b proxyUrl:s scopes:[s tlsConfig:811 tokenUrl!s
authorization:808 basicAuth:681 bearerTokenSecret:669 enableHttp2:b filterRunning:b followRedirects:b honorLabels:b honorTimestamps:b interval:s metricRelabelings:[809 noProxy:s oauth2:812 params:{[s path:s port:s portNumber:i proxyConnectHeader:{[669 proxyFromEnvironment:b proxyUrl:s relabelings:[809 scheme:e96 scrapeTimeout:s targetPort:x tlsConfig:811 trackTimestampsStaleness:b
attachMetadata:806 bodySizeLimit:s convertClassicHistogramsToNHCB:b fallbackScrapeProtocol:e93 jobLabel:s keepDroppedTargets:i labelLimit:i labelNameLengthLimit:i labelValueLengthLimit:i namespaceSelector:807 nativeHistogramBucketLimit:i nativeHistogramMinBucketFactor:Q podMetricsEndpoints:[813 podTargetLabels:[s sampleLimit:i scrapeClass:s scrapeClassicHistograms:b scrapeNativeHistograms:b scrapeProtocols:[e93 selector!675 selectorMechanism:e97 targetLimit:i
apiVersion:s kind:s metadata:119 spec!814 status:*
alert:s annotations:{s expr!x for:s keep_firing_for:s labels:{s record:s
interval:s labels:{s limit:i name!s partial_response_strategy:s query_offset:s rules:[816
groups:[817
apiVersion:s kind:s metadata:119 spec!818 status:*
ca:810 caFile:s cert:810 certFile:s insecureSkipVerify:b keyFile:s keySecret:669 maxVersion:e95 minVersion:e95 serverName:s
authorization:808 basicAuth:681 bearerTokenFile:s bearerTokenSecret:669 enableHttp2:b filterRunning:b followRedirects:b honorLabels:b honorTimestamps:b interval:s metricRelabelings:[809 noProxy:s oauth2:812 params:{[s path:s port:s proxyConnectHeader:{[669 proxyFromEnvironment:b proxyUrl:s relabelings:[809 scheme:e96 scrapeTimeout:s targetPort:x tlsConfig:820 trackTimestampsStaleness:b
attachMetadata:806 bodySizeLimit:s convertClassicHistogramsToNHCB:b endpoints![821 fallbackScrapeProtocol:e93 jobLabel:s keepDroppedTargets:i labelLimit:i labelNameLengthLimit:i labelValueLengthLimit:i namespaceSelector:807 nativeHistogramBucketLimit:i nativeHistogramMinBucketFactor:Q podTargetLabels:[s sampleLimit:i scrapeClass:s scrapeClassicHistograms:b scrapeNativeHistograms:b scrapeProtocols:[e93 selector!675 selectorMechanism:e97 serviceDiscoveryRole:e98 targetLabels:[s targetLimit:i
apiVersion:s kind:s metadata:119 spec!822 status:*
additionalPodAffinity:691 additionalPodAntiAffinity:691 enablePodAntiAffinity:b nodeAffinity:688 nodeSelector:{s podAntiAffinityType:s tolerations:[716 topologyKey:s
connectionString:782 inheritFromAzureAD:b storageAccount:782 storageKey:782 storageSasToken:782 useDefaultAzureCredentials:b
additionalCommandArgs:[s compression:e99 encryption:e100 immediateCheckpoint:b jobs:i restoreAdditionalCommandArgs:[s
applicationCredentials:782 gkeEnvironment:b
accessKeyId:782 inheritFromIAMRole:b region:782 secretAccessKey:782 sessionToken:782
archiveAdditionalCommandArgs:[s compression:e101 encryption:e100 maxParallel:i restoreAdditionalCommandArgs:[s
azureCredentials:825 data:826 destinationPath!s endpointCA:782 endpointURL:s googleCredentials:827 historyTags:{s s3Credentials:828 serverName:s tags:{s wal:829
immediateCheckpoint:b waitForArchive:b
annotations:{s className:s labels:{s online:b onlineConfiguration:831 snapshotOwnerReference:e103 tablespaceClassName:{s walClassName:s
barmanObjectStore:830 retentionPolicy:s target:e102 volumeSnapshot:832
externalCluster!s
databases![s pgDumpExtraOptions:[s pgRestoreDataOptions:[s pgRestoreExtraOptions:[s pgRestorePostdataOptions:[s pgRestorePredataOptions:[s postImportApplicationSQL:[s roles:[s schemaOnly:b source!834 type!e104
configMapRefs:[782 secretRefs:[782
builtinLocale:s dataChecksums:b database:s encoding:s icuLocale:s icuRules:s import:835 locale:s localeCType:s localeCollate:s localeProvider:s options:[s owner:s postInitApplicationSQL:[s postInitApplicationSQLRefs:836 postInitSQL:[s postInitSQLRefs:836 postInitTemplateSQL:[s postInitTemplateSQLRefs:836 secret:616 walSegmentSize:i
database:s owner:s secret:616 source!s
endpointCA:782 name!s
backupID:s exclusive:b targetImmediate:b targetLSN:s targetName:s targetTLI:s targetTime:s targetXID:s
storage!729 tablespaceStorage:{729 walStorage:729
backup:839 database:s owner:s recoveryTarget:840 secret:616 source:s volumeSnapshots:841
initdb:837 pg_basebackup:838 recovery:842
clientCASecret:s replicationTLSSecret:s serverAltDNSNames:[s serverCASecret:s serverTLSSecret:s
shm:Q temporaryData:Q
enabled:b isWALArchiver:b name!s parameters:{s
barmanObjectStore:830 connectionParameters:{s name!s password:669 plugin:846 sslCert:669 sslKey:669 sslRootCert:669
apiGroup:s kind!s major!i name!s
bypassrls:b comment:s connectionLimit:i createdb:b createrole:b disablePassword:b ensure:e106 inRoles:[s inherit:b login:b name!s passwordSecret:616 replication:b superuser:b validUntil:s
annotations:{s labels:{s name:s
appProtocol:s name:s nodePort:i port!i protocol:s targetPort:x
timeoutSeconds:i
clientIP:852
allocateLoadBalancerNodePorts:b clusterIP:s clusterIPs:[s externalIPs:[s externalName:s externalTrafficPolicy:s healthCheckNodePort:i internalTrafficPolicy:s ipFamilies:[s ipFamilyPolicy:s loadBalancerClass:s loadBalancerIP:s loadBalancerSourceRanges:[s ports:[851 publishNotReadyAddresses:b selector:{s sessionAffinity:s sessionAffinityConfig:853 trafficDistribution:s type:s
metadata:850 spec:854
selectorType!e107 serviceTemplate!855 updateStrategy:e108
additional:[856 disabledDefaultServices:[e107
roles:[849 services:857
enabled:b
customQueriesConfigMap:[782 customQueriesSecret:[782 disableDefaultQueries:b enablePodMonitor:b metricsQueriesTTL:s podMonitorMetricRelabelings:[809 podMonitorRelabelings:[809 tls:859
inProgress:b reusePVC:b
name!s selector!675
bin_path:[s dynamic_library_path:[s env:[652 extension_control_path:[s image:742 ld_library_path:[s name!s
prefix:s suffix:s
baseDN:s bindDN:s bindPassword:669 searchAttribute:s searchFilter:s
bindAsAuth:864 bindSearchAuth:865 port:i scheme:e109 server:s tls:b
enabled!b nodeLabelsAntiAffinity:[s
dataDurability:e110 failoverQuorum:b maxStandbyNamesFromCluster:i method!e111 nodeFailureDomainKeys:[s number!i podFailureDomainKeys:[s standbyNamesPost:[s standbyNamesPre:[s
enableAlterSystem:b extensions:[863 ldap:866 parameters:{s pg_hba:[s pg_ident:[s promotionTimeout:i shared_preload_libraries:[s syncReplicaElectionConstraint:867 synchronous:868
leaseDurationSeconds:i releasedLeaseDurationSeconds:i renewDeadlineSeconds:i retryPeriodSeconds:i
connectionTimeout:i enabled:b requestTimeout:i
failureThreshold:i initialDelaySeconds:i isolationCheck:871 periodSeconds:i successThreshold:i terminationGracePeriodSeconds:i timeoutSeconds:i
failureThreshold:i initialDelaySeconds:i maximumLag:Q periodSeconds:i successThreshold:i terminationGracePeriodSeconds:i timeoutSeconds:i type:e114
liveness:872 readiness:873 startup:873
enabled:b minApplyDelay:s primary:s promotionToken:s self:s source!s
enabled:b slotPrefix:s synchronizeLogicalDecoding:b
enabled!b excludePatterns:[s
highAvailability:876 synchronizeReplicas:877 updateInterval:i
metadata!850
pvcTemplate:732 resizeInUseVolumes:b size:s storageClass:s
name!s owner:677 storage!880 temporary:b
affinity:824 backup:833 bootstrap:843 certificates:844 description:s enablePDB:b enableSuperuserAccess:b env:[702 envFrom:[704 ephemeralVolumeSource:734 ephemeralVolumesSizeLimit:845 externalClusters:[847 failoverDelay:i imageCatalogRef:848 imageName:s imagePullPolicy:s imagePullSecrets:[616 inheritedMetadata:714 instances!i livenessProbeTimeout:i logLevel:e105 managed:858 maxSyncReplicas:i minSyncReplicas:i monitoring:860 nodeMaintenanceWindow:861 plugins:[846 podSecurityContext:715 podSelectorRefs:[862 postgresGID:i postgresUID:i postgresql:869 primaryLease:870 primaryUpdateMethod:e112 primaryUpdateStrategy:e113 priorityClassName:s probes:874 projectedVolumeTemplate:754 replica:875 replicationSlots:878 resources:706 schedulerName:s seccompProfile:693 securityContext:697 serviceAccountName:s serviceAccountTemplate:879 smartShutdownTimeout:i startDelay:i stopDelay:i storage:880 superuserSecret:616 switchoverDelay:i tablespaces:[881 topologySpreadConstraints:[717 walStorage:880
apiVersion:s kind:s metadata!119 spec!882 status:*
maxSurge:x maxUnavailable:x
rollingUpdate:884 type:s
enablePodMonitor:b podMonitorMetricRelabelings:[809 podMonitorRelabelings:[809 tls:859
apiGroup:s key!s kind!s name!s
authQuery:s authQuerySecret:616 clientCASecret:616 clientTLSSecret:616 image:s imageCatalogRef:887 parameters:{s paused:b pg_hba:[s poolMode:e115 serverCASecret:616 serverTLSSecret:616
seconds!i
exec:709 httpGet:711 sleep:889 tcpSocket:712
postStart:890 preStop:890 stopSignal:s
resourceName!s restartPolicy!s
operator!s values:[i
action!s exitCodes:893
devicePath!s name!s
args:[s command:[s env:[702 envFrom:[704 image:s imagePullPolicy:s lifecycle:891 livenessProbe:713 name!s ports:[763 readinessProbe:713 resizePolicy:[892 resources:706 restartPolicy:s restartPolicyRules:[894 securityContext:697 startupProbe:713 stdin:b stdinOnce:b terminationMessagePath:s terminationMessagePolicy:s tty:b volumeDevices:[895 volumeMounts:[707 workingDir:s
name:s value:s
nameservers:[s options:[897 searches:[s
args:[s command:[s env:[702 envFrom:[704 image:s imagePullPolicy:s lifecycle:891 livenessProbe:713 name!s ports:[763 readinessProbe:713 resizePolicy:[892 resources:706 restartPolicy:s restartPolicyRules:[894 securityContext:697 startupProbe:713 stdin:b stdinOnce:b targetContainerName:s terminationMessagePath:s terminationMessagePolicy:s tty:b volumeDevices:[895 volumeMounts:[707 workingDir:s
hostnames:[s ip!s
conditionType!s
name!s resourceClaimName:s resourceClaimTemplateName:s
podGroupName:s
activeDeadlineSeconds:i affinity:692 automountServiceAccountToken:b containers![896 dnsConfig:898 dnsPolicy:s enableServiceLinks:b ephemeralContainers:[899 hostAliases:[900 hostIPC:b hostNetwork:b hostPID:b hostUsers:b hostname:s hostnameOverride:s imagePullSecrets:[677 initContainers:[896 nodeName:s nodeSelector:{s os:616 overhead:{Q preemptionPolicy:s priority:i priorityClassName:s readinessGates:[901 resourceClaims:[902 resources:706 restartPolicy:s runtimeClassName:s schedulerName:s schedulingGates:[616 schedulingGroup:903 securityContext:715 serviceAccount:s serviceAccountName:s setHostnameAsFQDN:b shareProcessNamespace:b subdomain:s terminationGracePeriodSeconds:i tolerations:[716 topologySpreadConstraints:[717 volumes:[761
metadata:850 spec:904
cluster!616 deploymentStrategy:885 instances:i monitoring:886 pgbouncer!888 serviceAccountName:s serviceTemplate:855 template:905 type:e116
apiVersion:s kind:s metadata!119 spec!906 status:*
name!s parameters:{s
backupOwnerReference:e117 cluster!616 immediate:b method:e118 online:b onlineConfiguration:831 pluginConfiguration:908 schedule!s suspend:b target:e102
apiVersion:s kind:s metadata!119 spec!909 status:*
ca:s cert:s key:s secret!758
persistentVolumeClaim:s secret:758
configMapKeyRef:669 fieldRef:698 resourceFieldRef:700 secretKeyRef:669
name!s value:s valueFrom:913
claims:[616 limits:{Q requests:{Q
allowPrivilegeEscalation:b capabilities:694 privileged:b procMount:s readOnlyRootFilesystem:b runAsGroup:i runAsNonRoot:b runAsUser:i seLinuxOptions:695 seccompProfile:693 windowsOptions:696
args:[s command:[s enabled:b env:[914 image!s imagePullPolicy:s resources:915 securityContext:916
whenDeleted:s whenScaled:s
key:s name:s
additionalAnnotations:{s enabled:b includeBusPort:b type:e119
additional:920 annotations:{s headless:920 includeBusPort:b serviceType:e119
maxUnavailable:x partition:i
rollingUpdate:922 type:s
ignoreAnnotations:[s image!s imagePullPolicy:s imagePullSecrets:[677 minReadySeconds:i persistentVolumeClaimRetentionPolicy:918 redisSecret:919 resources:915 service:921 updateStrategy:923
fsGroup:i fsGroupChangePolicy:s runAsGroup:i runAsNonRoot:b runAsUser:i seLinuxOptions:695 seccompProfile:693 supplementalGroups:[i sysctls:[652 windowsOptions:696
additionalRedisConfig:s dynamicConfig:[s maxMemoryPercentOfLimit:i
enabled:b env:[914 image!s imagePullPolicy:s port:i resources:915 securityContext:916
mountPath!s mountPropagation:s name!s readOnly:b subPath:s subPathExpr:s
command:[s env:[914 image!s imagePullPolicy:s mountPath:[928 name!s ports:[763 resources:915 securityContext:916
lastProbeTime:s lastTransitionTime:s message:s reason:s status!s type!s
status!s targetVolumeAttributesClassName:s
accessModes:[s allocatedResourceStatuses:{s allocatedResources:{Q capacity:{Q conditions:[930 currentVolumeAttributesClassName:s modifyVolumeStatus:931 phase:s
apiVersion:s kind:s metadata:{* spec:732 status:932
clusterTrustBundle:748 configMap:749 downwardAPI:750 secret:749 serviceAccountToken:752
defaultMode:i sources:[934
awsElasticBlockStore:718 azureDisk:719 azureFile:720 cephfs:721 cinder:722 configMap:724 csi:725 downwardAPI:727 emptyDir:728 ephemeral:734 fc:735 flexVolume:736 flocker:737 gcePersistentDisk:738 gitRepo:739 glusterfs:740 hostPath:741 iscsi:743 name!s nfs:744 persistentVolumeClaim:745 photonPersistentDisk:746 portworxVolume:747 projected:935 quobyte:755 rbd:756 scaleIO:757 secret:758 storageos:759 vsphereVolume:760
mountPath:[928 volume:[936
keepAfterDelete:b volumeClaimTemplate:933 volumeMount:937
TLS:911 acl:912 affinity:692 env:[914 hostPort:i initContainer:917 kubernetesConfig!924 livenessProbe:713 nodeSelector:{s podSecurityContext:925 priorityClassName:s readinessProbe:713 redisConfig:926 redisExporter:927 securityContext:916 serviceAccountName:s sidecars:[929 storage:938 terminationGracePeriodSeconds:i tolerations:[716
apiVersion:s kind:s metadata:119 spec!939 status:*
enabled:b maxUnavailable:i minAvailable:i
affinity:692 livenessProbe:713 nodeSelector:{s pdb:941 readinessProbe:713 redisConfig:926 replicas:i resources:915 securityContext:916 terminationGracePeriodSeconds:i tolerations:[716 topologySpreadConstraints:[717
keepAfterDelete:b nodeConfVolume:b nodeConfVolumeClaimTemplate:933 volumeClaimTemplate:933 volumeMount:937
TLS:911 acl:912 clusterSize!i clusterVersion:s env:[914 hostNetwork:b hostPort:i initContainer:917 kubernetesConfig!924 persistenceEnabled:b podManagementPolicy:e120 podSecurityContext:925 port:i priorityClassName:s redisConfig:926 redisExporter:927 redisFollower:942 redisLeader:942 resources:915 serviceAccountName:s sidecars:[929 storage:943
apiVersion:s kind:s metadata:119 spec!944 status:*
additionalSentinelConfig:s affinity:692 announceHostnames:s downAfterMilliseconds:s failoverTimeout:s ignoreAnnotations:[s image!s imagePullPolicy:s imagePullSecrets:[677 minReadySeconds:i nodeSelector:{s parallelSyncs:s persistentVolumeClaimRetentionPolicy:918 podSecurityContext:925 priorityClassName:s quorum:s redisSecret:919 resolveHostnames:s resources:915 securityContext:916 service:921 serviceAccountName:s size!i terminationGracePeriodSeconds:i tolerations:[716 topologySpreadConstraints:[717 updateStrategy:923
TLS:911 acl:912 affinity:692 clusterSize!i env:[914 hostPort:i initContainer:917 kubernetesConfig!924 livenessProbe:713 nodeSelector:{s pdb:941 podManagementPolicy:e120 podSecurityContext:925 priorityClassName:s readinessProbe:713 redisConfig:926 redisExporter:927 securityContext:916 sentinel:946 serviceAccountName:s sidecars:[929 storage:938 terminationGracePeriodSeconds:i tolerations:[716 topologySpreadConstraints:[717
apiVersion:s kind:s metadata:119 spec!947 status:*
additionalSentinelConfig:s announceHostnames:s downAfterMilliseconds:s failoverTimeout:s masterGroupName:s parallelSyncs:s quorum:s redisPort:s redisReplicationName!s redisReplicationPassword:913 resolveHostnames:s
TLS:911 affinity:692 clusterSize!i env:[914 hostPort:i initContainer:917 kubernetesConfig!924 livenessProbe:713 nodeSelector:{s pdb:941 podManagementPolicy:e120 podSecurityContext:925 priorityClassName:s readinessProbe:713 redisExporter:927 redisSentinelConfig:949 securityContext:916 serviceAccountName:s sidecars:[929 terminationGracePeriodSeconds:i tolerations:[716 topologySpreadConstraints:[717 volumeMount:937
apiVersion:s kind:s metadata:119 spec!950 status:*
`;

/** A line for each list of values, as JSON. */
export const ENUM_LINES = `
["","Cluster","Local"]
["","IPv4","IPv6"]
["","PreferDualStack","RequireDualStack","SingleStack"]
["","ClientIP","None"]
["","ClusterIP","ExternalName","LoadBalancer","NodePort"]
["","SCTP","TCP","UDP"]
["","BestEffort","CrossNamespacePodAffinity","NotBestEffort","NotTerminating","PriorityClass","Terminating","VolumeAttributesClass"]
["","DoesNotExist","Exists","In","NotIn"]
["","ClusterFirst","ClusterFirstWithHostNet","Default","None"]
["","Never","PreemptLowerPriority"]
["","Always","Never","OnFailure"]
["","Always","IfNotPresent","Never"]
["","BlockDevice","CharDevice","Directory","DirectoryOrCreate","File","FileOrCreate","Socket"]
["","ReadOnlyMany","ReadWriteMany","ReadWriteOnce","ReadWriteOncePod"]
["","Block","Filesystem"]
["","None","ReadOnly","ReadWrite"]
["","Honor","Ignore"]
["","DoNotSchedule","ScheduleAnyway"]
["","NoExecute","NoSchedule","PreferNoSchedule"]
["","Equal","Exists","Gt","Lt"]
["","Always","OnRootMismatch"]
["","Merge","Strict"]
["","Localhost","RuntimeDefault","Unconfined"]
["","FallbackToLogsOnError","File"]
["","Bidirectional","HostToContainer","None"]
["","Default","Unmasked"]
["","HTTP","HTTPS"]
["","SIGABRT","SIGALRM","SIGBUS","SIGCHLD","SIGCLD","SIGCONT","SIGFPE","SIGHUP","SIGILL","SIGINT","SIGIO","SIGIOT","SIGKILL","SIGPIPE","SIGPOLL","SIGPROF","SIGPWR","SIGQUIT","SIGRTMAX","SIGRTMAX-1","SIGRTMAX-10","SIGRTMAX-11","SIGRTMAX-12","SIGRTMAX-13","SIGRTMAX-14","SIGRTMAX-2","SIGRTMAX-3","SIGRTMAX-4","SIGRTMAX-5","SIGRTMAX-6","SIGRTMAX-7","SIGRTMAX-8","SIGRTMAX-9","SIGRTMIN","SIGRTMIN+1","SIGRTMIN+10","SIGRTMIN+11","SIGRTMIN+12","SIGRTMIN+13","SIGRTMIN+14","SIGRTMIN+15","SIGRTMIN+2","SIGRTMIN+3","SIGRTMIN+4","SIGRTMIN+5","SIGRTMIN+6","SIGRTMIN+7","SIGRTMIN+8","SIGRTMIN+9","SIGSEGV","SIGSTKFLT","SIGSTOP","SIGSYS","SIGTERM","SIGTRAP","SIGTSTP","SIGTTIN","SIGTTOU","SIGURG","SIGUSR1","SIGUSR2","SIGVTALRM","SIGWINCH","SIGXCPU","SIGXFSZ"]
["","DoesNotExist","Exists","Gt","In","Lt","NotIn"]
["","Delete","Recycle","Retain"]
["","Immediate","WaitForFirstConsumer"]
["","AlwaysAllow","IfHealthyBudget"]
["","Egress","Ingress"]
["","Exact","ImplementationSpecific","Prefix"]
["","FQDN","IPv4","IPv6"]
["","any","cert sign","client auth","code signing","content commitment","crl sign","data encipherment","decipher only","digital signature","email protection","encipher only","ipsec end system","ipsec tunnel","ipsec user","key agreement","key encipherment","microsoft sgc","netscape sgc","ocsp signing","s/mime","server auth","signing","timestamping"]
["","Indexed","NonIndexed"]
["","Failed","TerminatingOrFailed"]
["","Count","FailIndex","FailJob","Ignore"]
["","In","NotIn"]
["","Allow","Forbid","Replace"]
["","ContainerResource","External","Object","Pods","Resource"]
["","AverageValue","Utilization","Value"]
["","Disabled","Max","Min"]
["","Percent","Pods"]
["","OrderedReady","Parallel"]
["","OnDelete","RollingUpdate"]
["","Recreate","RollingUpdate"]
["","FieldValueDuplicate","FieldValueForbidden","FieldValueInvalid","FieldValueRequired"]
["","Fail","Ignore"]
["","Equivalent","Exact"]
["","None","NoneOnDryRun","Some","Unknown"]
["","*","CONNECT","CREATE","DELETE","UPDATE"]
["","Audit","Deny","Warn"]
["","IfNeeded","Never"]
["RequestsAndLimits","RequestsOnly"]
["Auto","Off"]
["Factor","Quantity"]
["TargetHigherThanRequests","TargetLowerThanRequests"]
["Off","Initial","Recreate","InPlaceOrRecreate","InPlace","Auto"]
["Default","Unicode"]
["Auto","Base64","Base64URL","None"]
["None","Fetch"]
["Ignore","Fail"]
["ACRAccessToken","BeyondtrustWorkloadCredentialsDynamicSecret","ClusterGenerator","CloudsmithAccessToken","ECRAuthorizationToken","Fake","GCRAccessToken","GithubAccessToken","GitlabDeployToken","QuayAccessToken","Password","SSHKey","STSSessionToken","UUID","VaultDynamicSecret","Webhook","Grafana","MFA"]
["SecretStore","ClusterSecretStore"]
["Ignore","Error"]
["IgnoreNotFound","Strict"]
["Extract","JSON"]
["CreatedOnce","Periodic","OnChange"]
["allow","deny"]
["Owner","Orphan","Merge","None","CreateOrMerge"]
["Delete","Merge","Retain"]
["v2"]
["Replace","Merge"]
["Values","KeysAndValues"]
["GET","HEAD","POST","PUT","DELETE","CONNECT","OPTIONS","TRACE","PATCH","*"]
["ReplaceFullPath","ReplacePrefixMatch"]
["http","https"]
[301,302,303,307,308]
["RequestHeaderModifier","ResponseHeaderModifier","RequestMirror","RequestRedirect","URLRewrite","ExtensionRef","CORS"]
["Exact","RegularExpression"]
["GET","HEAD","POST","PUT","DELETE","CONNECT","OPTIONS","TRACE","PATCH"]
["Exact","PathPrefix","RegularExpression"]
["post"]
["AverageValue","Value"]
["static","currentReplicas","currentReplicasIfHigher","currentReplicasIfLower","scalingModifiers"]
["TriggerAuthentication","ClusterTriggerAuthentication"]
["keda","workload"]
["azure-workload","gcp","aws","aws-eks","none"]
["token","kubernetes"]
["","secretV2","secret","pki"]
["clientCredentials"]
["PrometheusProto","OpenMetricsText0.0.1","OpenMetricsText1.0.0","PrometheusText0.0.4","PrometheusText1.0.0"]
["replace","Replace","keep","Keep","drop","Drop","hashmod","HashMod","labelmap","LabelMap","labeldrop","LabelDrop","labelkeep","LabelKeep","lowercase","Lowercase","uppercase","Uppercase","keepequal","KeepEqual","dropequal","DropEqual"]
["TLS10","TLS11","TLS12","TLS13"]
["http","https","HTTP","HTTPS"]
["RelabelConfig","RoleSelector"]
["Endpoints","EndpointSlice"]
["bzip2","gzip","lz4","snappy"]
["AES256","aws:kms"]
["bzip2","gzip","lz4","snappy","xz","zstd"]
["primary","prefer-standby"]
["none","cluster","backup"]
["microservice","monolith"]
["error","warning","info","debug","trace"]
["present","absent"]
["rw","r","ro"]
["patch","replace"]
["ldap","ldaps"]
["required","preferred"]
["any","first"]
["switchover","restart"]
["unsupervised","supervised"]
["pg_isready","streaming","query"]
["session","transaction"]
["rw","ro","r"]
["none","self","cluster"]
["barmanObjectStore","volumeSnapshot","plugin"]
["LoadBalancer","NodePort","ClusterIP"]
["OrderedReady","Parallel"]
`;
