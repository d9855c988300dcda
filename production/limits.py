"""Every limit of uploads, jobs and downloads. What a file may hold inside is in `engine.io.limits`."""

from __future__ import annotations

MIB = 1024 * 1024

# ------------------------------------------------------------------------------------------------------ uploads
UPLOAD_BYTES_MAX = 1536 * MIB
"""Three hours of stereo FLAC: recordings are read block by block and never held. Notes and sounds may have less."""
CHUNK_BYTES = 4 * MIB
OPEN_UPLOADS_MAX = 64
"""Uploads of one party that are begun and not yet complete."""
QUOTA_BYTES = 8 * 1024 * MIB
"""Stored versions and open uploads of one party together."""
UPLOAD_AGE_HOURS_MAX = 24
"""An upload that nobody touched for so long is swept away, with its bytes."""
NAME_BYTES_MAX = 255

# ----------------------------------------------------------------------------------------------------- elements
TITLE_CHARACTERS_MAX = 200
DESCRIPTION_CHARACTERS_MAX = 2000
TAGS_MAX = 20
TAG_CHARACTERS_MAX = 40
CONTRIBUTORS_MAX = 64
PARENTS_MAX = 64

# ------------------------------------------------------------------------------- one file parsed in its own process
PARSE_MEMORY_BYTES_MAX = 3 * 1024 * MIB
"""Address space, not resident memory: numeric libraries reserve far more than they touch."""
PARSE_CPU_SECONDS_MAX = 120
PARSE_WALL_SECONDS_MAX = 180
PARSE_LONG_BYTES_MIN = 128 * MIB
PARSE_LONG_CPU_SECONDS_MAX = 700
PARSE_LONG_WALL_SECONDS_MAX = 840
"""Of what is larger: looking at an hour of stereo takes about a hundred seconds."""
PARSE_OUTPUT_BYTES_MAX = 64 * MIB
PARSE_OPEN_FILES_MAX = 128
GENERATE_MEMORY_BYTES_MAX = 12 * 1024 * MIB
"""The network's runtime maps several GiB of code and arenas that it never touches."""
GENERATE_CPU_SECONDS_MAX = 300
GENERATE_WALL_SECONDS_MAX = 300
GENERATE_VARIANTS_MAX = 8
GENERATE_OPEN_MAX = 8
"""Requests of one party for recommendations that are asked for and not done."""
GIVEN_CHARACTERS_MAX = 400
"""Of a progression that is typed instead of taken from an element."""

MIX_SECONDS_MAX = 3600
"""Of all tracks of a mix together: each is held while it is played."""
SOUND_PROPOSAL_DAYS_MAX = 7
"""Proposals of sound take tens of MiB each: nobody's space counts them, so they go sooner than notes."""
HEARD_QUALITY = 0.6
"""Of what is heard of a proposal of sound before it is kept, as Ogg Vorbis: about 190 kbit/s."""
SETTING_CHARACTERS_MAX = 200_000

# ---------------------------------------------------------------------------------------- measured contribution
MEASURE_BYTES_MAX = 512 * MIB
"""All files of one measurement together."""
MEASURE_VERSIONS_MAX = 24
"""The first version, and the newest ones up to this many."""
MEASURE_PARENTS_MAX = 16
MEASURE_CPU_SECONDS_MAX = 300
MEASURE_WALL_SECONDS_MAX = 400

# ---------------------------------------------------------------------------------------------------- workbench
PROCESS_MEMORY_BYTES_MAX = 12 * 1024 * MIB
"""Address space, as above: networks and long recordings in single precision."""
PROCESS_CPU_SECONDS_MAX = 780
PROCESS_WALL_SECONDS_MAX = 840
PROCESS_OUTPUT_BYTES_MAX = 512 * MIB
PROCESS_INPUT_BYTES_MAX = 512 * MIB
"""All files of one call together: they are held while it runs."""
PROCESS_OPEN_MAX = 8
"""Processes of one party that are asked for and not done."""
AUDITION_SECONDS_MAX = 20.0
AUDITION_WALL_SECONDS_MAX = 60
AUDITIONS_OPEN_MAX = 3
AUDITION_AGE_HOURS_MAX = 24
DRAFT_AGE_DAYS_MAX = 90
DRAFT_NOTES_MAX = 20_000

# ------------------------------------------------------------------------------------------- content credentials
CREDENTIALS_BYTES_MAX = 384 * MIB
"""A larger recording is not written anew: its manifest comes beside it."""
CREDENTIALS_MANIFEST_BYTES_MAX = 8 * MIB
CREDENTIALS_CPU_SECONDS_MAX = 120
CREDENTIALS_WALL_SECONDS_MAX = 180
CREDENTIALS_WAIT_SECONDS_MAX = 120
"""Who asks for a file waits so long for it to be marked; then it is given as it is."""
CREDENTIALS_RETRY_SECONDS = 600
CREDENTIALS_CHECK_BYTES_MAX = 128 * MIB
CREDENTIALS_CHECK_AGE_SECONDS_MAX = 3600
"""What was read of a stranger's file is forgotten after this."""

# ------------------------------------------------------------------------------------------ pictures and previews
PREVIEW_SECONDS_MAX = 30.0

# -------------------------------------------------------------------------------------------------- near matches
FINGERPRINT_HASHES_MAX = 4096
MATCH_HASHES_MIN = 6
"""Fewer hashes in common than this say nothing: every scale shares a few."""
MATCH_PPM_MIN = 500_000
"""A claim is opened where the shorter of two elements lies in the other to at least this share."""
SOUND_PPM_MIN = 250_000
"""Recordings that share so much of the shorter one's sketch hold the same sound: strangers at most 192,000."""

# ----------------------------------------------------------------------------------------------------- downloads
LINK_SECONDS_MAX = 300
ORPHAN_AGE_HOURS_MIN = 24
"""A blob that no row names is swept once it is older than this."""
