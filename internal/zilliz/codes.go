package zilliz

import "slices"

// Code is an error code of the API, or 0. It can be one without a constant.
type Code int64

// The error codes of the import calls. The first group is documented for the call that reads the
// progress, or recorded; the second for other calls of API v1 and for API v2.
const (
	CodeClusterNotFound      Code = 40021
	CodeNoClusterAccess      Code = 40022
	CodeClusterNotPermitted  Code = 80020
	CodeClusterNotInRegion   Code = 90102
	CodeClusterIDEmptyInPath Code = 90103
	CodeClusterIDEmpty       Code = 90104
	CodeInvalidDomain        Code = 90117
	CodeJobNotFound          Code = 90144
	CodeIncorrectParameter   Code = 80000
	CodeInvalidToken         Code = 80001
	CodeTokenNotFound        Code = 80002
	CodeIllegalAPIKey        Code = 21119
	CodeNotAuthenticated     Code = 1800

	CodePageSizeOutOfRange  Code = 80003
	CodePageOutOfRange      Code = 80004
	CodeInvalidObjectURL    Code = 10003
	CodeNotAvailable        Code = 40003
	CodeCollectionNotFound  Code = 47005
	CodeObjectTooLarge      Code = 47035
	CodeFileCountMismatch   Code = 47036
	CodeConcurrentImports   Code = 47039
	CodeFileCheckFailed     Code = 47053
	CodeClusterImporting    Code = 47055
	CodeNotForServerless    Code = 80021
	CodeNotForDedicated     Code = 80022
	CodeObjectStorageDenied Code = 83001
	CodeAcrossClouds        Code = 83004
	CodeInvalidCollection   Code = 90011
	CodeNothingToImport     Code = 90142
	CodeObjectURLMissing    Code = 90145
)

// MilvusCode is a [Code] of Milvus. It can have another meaning in another call.
type MilvusCode Code

// The codes with which Milvus rejects a start before a job starts (known from its code). It returns
// 200 with a message and without data.
const (
	MilvusPartitionNotFound  MilvusCode = 200
	MilvusCollectionNotFound MilvusCode = 100
	MilvusDatabaseNotFound   MilvusCode = 800
	MilvusInvalidParameter   MilvusCode = 1100
	MilvusInvalidBody        MilvusCode = 1801
	MilvusMissingField       MilvusCode = 1802
)

// The codes of Milvus about a collection of the data plane (known from its code).
const (
	MilvusNotLoaded     MilvusCode = 101
	MilvusNotWhole      MilvusCode = 103
	MilvusIndexNotFound MilvusCode = 700
	MilvusNoPermission  MilvusCode = 65535
)

// documented reports whether the code has a constant: it is documented, or recorded.
func (c Code) documented() bool {
	switch c {
	case CodeClusterNotFound, CodeNoClusterAccess, CodeClusterNotPermitted, CodeClusterNotInRegion,
		CodeClusterIDEmptyInPath, CodeClusterIDEmpty, CodeInvalidDomain, CodeJobNotFound,
		CodeIncorrectParameter, CodeInvalidToken, CodeTokenNotFound, CodeIllegalAPIKey, CodeNotAuthenticated,
		CodePageSizeOutOfRange, CodePageOutOfRange, CodeInvalidObjectURL, CodeNotAvailable,
		CodeCollectionNotFound, CodeObjectTooLarge, CodeFileCountMismatch, CodeConcurrentImports,
		CodeFileCheckFailed, CodeClusterImporting, CodeNotForServerless, CodeNotForDedicated,
		CodeObjectStorageDenied, CodeAcrossClouds, CodeInvalidCollection, CodeNothingToImport, CodeObjectURLMissing:
		return true
	default:
		return false
	}
}

// busy reports whether the cluster is busy with another import and accepts the request later.
func (c Code) busy() bool { return c == CodeClusterImporting || c == CodeConcurrentImports }

// rejectsStart reports whether a start with this code has started nothing.
func (c MilvusCode) rejectsStart() bool {
	return slices.Contains([]MilvusCode{
		MilvusPartitionNotFound, MilvusCollectionNotFound, MilvusDatabaseNotFound, MilvusInvalidParameter,
		MilvusInvalidBody, MilvusMissingField,
	}, c)
}
