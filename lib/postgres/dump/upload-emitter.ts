/**
 * How a dump gets into an object store and out of it: scripts for the image of rclone, which has `sh`, and the variables that
 * tell rclone of the store. A set is complete when its checksums are there, which come last and go first.
 */
import { BACKUP_DIRECTORY, SCRIPT_DIRECTORY } from './dump-emitter';
import { UPLOAD_CONCURRENCY } from './dump-sizing';

/** Variable that names the folder which a restore reads. */
export const FOLDER_VARIABLE = 'BACKUP_FOLDER';

/** Name of the store in the variables of rclone. */
const REMOTE = 'store';

const STORE_SH = String.raw`SET='[0-9]\{8\}T[0-9]\{6\}Z'
complete() {
  listing=$(rclone lsf --recursive --max-depth 2 --files-only --include '/*/SHA256SUMS' "$1") ||
    fail "$1 cannot be listed, for the reason above"
  printf '%s\n' "$listing" | sed -n "s|^\($SET\)/SHA256SUMS$|\1|p" | sort -r
}
`;

/**
 * Arguments: the directory with the new set, its folder in the store, how many are kept. What an earlier run did not finish is
 * taken away; what a later one has begun is not.
 */
const UPLOAD_SH = String.raw`. "$(dirname "$0")/common.sh"
. "$(dirname "$0")/store.sh"
set=$(sets "$1" | head -n 1)
[ -n "$set" ] || fail "there is no dump in $1"
rclone copy --exclude /SHA256SUMS "$1/$set" "$2/$set" || fail "the dump $set could not be uploaded, for the reason above"
rclone check --download --one-way --exclude /SHA256SUMS "$1/$set" "$2/$set" ||
  fail "the copy of $set in the store is not what was dumped; it does not count"
rclone copyto "$1/$set/SHA256SUMS" "$2/$set/SHA256SUMS"
printf 'backup %s, %s KiB, in %s\n' "$set" "$(du -sk "$1/$set" | cut -f1)" "$2"
complete=$(complete "$2")
printf '%s\n' "$complete" | tail -n "+$(($3 + 1))" | while read -r old; do
  rclone deletefile "$2/$old/SHA256SUMS"
  rclone purge "$2/$old"
done
folders=$(rclone lsf --dirs-only "$2")
printf '%s\n' "$folders" | sed -n "s|^\($SET\)/$|\1|p" | while read -r one; do
  if ! printf '%s\n' "$complete" | grep -qFx -e "$one" && expr "$one" '<' "$set" > /dev/null; then
    rclone purge "$2/$one"
  fi
done
`;

/** Arguments: a directory, and the place of the folders in the store. */
const DOWNLOAD_SH = String.raw`. "$(dirname "$0")/common.sh"
. "$(dirname "$0")/store.sh"
folder="$2/$BACKUP_FOLDER"
sets=$(complete "$folder")
if [ "$BACKUP_SET" = newest ]; then set=$(printf '%s\n' "$sets" | head -n 1); else set=$(printf '%s\n' "$sets" | grep -Fx -e "$BACKUP_SET" || true); fi
[ -n "$set" ] || fail "there is no such backup in $folder; there are: $(printf '%s' "$sets" | tr '\n' ' ')"
rclone copy "$folder/$set" "$1/$set" || fail "the backup $set could not be read, for the reason above"
`;

/** The files of the ConfigMap that are for a store only. */
export const STORE_SCRIPTS: Readonly<Record<string, string>> = {
  'download.sh': DOWNLOAD_SH,
  'store.sh': STORE_SH,
  'upload.sh': UPLOAD_SH,
};

/** A place in an object store. */
export interface StorePlace {
  /** `s3://bucket/path`. */
  readonly destinationPath: string;
  readonly folder: string;
}

const pathOf = ({ destinationPath }: StorePlace) =>
  `${REMOTE}:${destinationPath.replace(/^s3:\/\//, '').replace(/\/+$/, '')}`;

const script = (name: string) => ['sh', `${SCRIPT_DIRECTORY}/${name}`];

export function uploadCommand(place: StorePlace, keep: number): string[] {
  return [...script('upload.sh'), BACKUP_DIRECTORY, `${pathOf(place)}/${place.folder}`, `${keep}`];
}

export function downloadCommand(place: StorePlace): string[] {
  return [...script('download.sh'), BACKUP_DIRECTORY, pathOf(place)];
}

export interface StoreAddress {
  readonly endpointUrl?: string;
  readonly region?: string;
  readonly hasCredentials: boolean;
}

/** Variables of rclone, but for the keys: no file, one thing at a time, and only what went wrong in the log. */
export function storeVariables({ endpointUrl, region, hasCredentials }: StoreAddress): Map<string, string> {
  const store = `RCLONE_CONFIG_${REMOTE.toUpperCase()}`;
  return new Map([
    ['RCLONE_CHECKERS', '1'],
    ['RCLONE_CONFIG', '/notfound'],
    [`${store}_NO_CHECK_BUCKET`, 'true'],
    [`${store}_PROVIDER`, endpointUrl === undefined ? 'AWS' : 'Other'],
    [`${store}_TYPE`, 's3'],
    [`${store}_UPLOAD_CONCURRENCY`, `${UPLOAD_CONCURRENCY}`],
    ...(endpointUrl === undefined ? [] : [[`${store}_ENDPOINT`, endpointUrl] as const]),
    ...(region === undefined ? [] : [[`${store}_REGION`, region] as const]),
    ...(hasCredentials ? [] : [[`${store}_ENV_AUTH`, 'true'] as const]),
    ['RCLONE_LOG_LEVEL', 'ERROR'],
    ['RCLONE_TRANSFERS', '1'],
  ]);
}

/** Variables of rclone that hold the keys, by the keys of the Secret. */
export const STORE_KEYS: Readonly<Record<string, string>> = {
  ACCESS_KEY_ID: `RCLONE_CONFIG_${REMOTE.toUpperCase()}_ACCESS_KEY_ID`,
  ACCESS_SECRET_KEY: `RCLONE_CONFIG_${REMOTE.toUpperCase()}_SECRET_ACCESS_KEY`,
};
